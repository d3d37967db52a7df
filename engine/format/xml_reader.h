#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "engine/format/reader.h"

struct XML_ParserStruct;  // of expat.h, which xml_reader.cc alone knows

namespace spoor {

// An element that a format reads, where it stands: the name without its prefix, inside which one.
// The nodes are numbers of the format's own; 0 is the document.
struct XmlChild {
  int parent;
  absl::string_view name;
  int node;
  bool has_text = false;  // whether its text is wanted
};

// The attributes of an element.
class XmlAttributes {
 public:
  // As expat has them: names and values in turn, then null.
  explicit XmlAttributes(const char* const* pairs) : pairs_(pairs) {}
  // By the name without its prefix; empty when it is not there.
  absl::string_view Find(absl::string_view name) const;

 private:
  const char* const* pairs_;
};

// Reads an XML document as it comes by (expat), for formats that say by a table which elements they
// want; what is inside others is passed over, whatever it is called.
//
//   {{kDocument, "gpx", kGpx}, {kGpx, "trk", kTrack}, {kTrack, "name", kName, true}, …}
//
// Refused, whatever the format: documents that declare anything of their own, such as entities
// (those that XML has by itself and numbered ones are read), nesting beyond kMaxDepth, tags and
// comments beyond kMaxTokenBytes, texts beyond max_record_bytes, and another root than the table's.
//
// Bytes go to the parser in blocks of one size, so that the pieces in which they come change
// nothing.  Holds a block, a token, and the text of one element.
class XmlReader : public Reader {
 public:
  static constexpr int kDocument = 0;
  static constexpr size_t kMaxDepth = 100;
  static constexpr size_t kMaxTokenBytes = size_t{1} << 20;

  absl::Status Feed(absl::string_view bytes, const RecordSink& sink) final;
  absl::Status Finish(const RecordSink& sink) final;

 protected:
  // The table outlives the reader.
  XmlReader(const ReadOptions& options, absl::Span<const XmlChild> table);

  // An element of the table begins, or ends with its text, without the blanks around it.
  virtual void Open(int node, const XmlAttributes& attributes) = 0;
  virtual void Close(int node, absl::string_view text) = 0;
  // The document has ended well; whether what it held is what it should.
  virtual absl::Status End() = 0;

  const ReadOptions& options() const { return options_; }
  const RecordSink& sink() const { return *sink_; }
  uint64_t line() const;  // of the tag that is being read
  // The document cannot be read on.
  void Fail(FieldError error);

 private:
  static constexpr int kPassedOver = -1;
  struct Level {
    int node;
    bool has_text;
  };
  struct ParserDeleter {
    void operator()(XML_ParserStruct* parser) const;
  };
  struct Calls;  // what the parser calls
  friend Calls;

  void OpenElement(absl::string_view name, const XmlAttributes& attributes);
  void CloseElement();
  void AddText(absl::string_view text);
  const XmlChild* FindChild(int parent, absl::string_view name) const;
  std::string RootsAllowed() const;
  void ParseBlock(bool is_last);
  void FailParse();

  const ReadOptions options_;
  const absl::Span<const XmlChild> table_;
  std::unique_ptr<XML_ParserStruct, ParserDeleter> parser_;
  const RecordSink* sink_ = nullptr;  // during a call
  std::string block_;
  uint64_t parsed_bytes_ = 0;
  std::vector<Level> levels_;
  std::string text_;
  absl::Status status_;
};

}  // namespace spoor
