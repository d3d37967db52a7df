#include "engine/format/xml_reader.h"

#include <expat.h>

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "engine/format/record.h"

namespace spoor {
namespace {

constexpr size_t kBlockBytes = size_t{64} << 10;

absl::string_view WithoutPrefix(absl::string_view name) {
  const size_t colon = name.find(':');
  return colon == absl::string_view::npos ? name : name.substr(colon + 1);
}

}  // namespace

absl::string_view XmlAttributes::Find(absl::string_view name) const {
  for (const char* const* pair = pairs_; *pair != nullptr; pair += 2) {
    if (WithoutPrefix(pair[0]) == name) return pair[1];
  }
  return {};
}

struct XmlReader::Calls {
  static XmlReader& Of(void* self) { return *static_cast<XmlReader*>(self); }
  static void Open(void* self, const char* name, const char** attributes) {
    Of(self).OpenElement(name, XmlAttributes(attributes));
  }
  static void Close(void* self, const char*) { Of(self).CloseElement(); }
  static void Text(void* self, const char* text, int size) {
    Of(self).AddText({text, static_cast<size_t>(size)});
  }
  // Before what it declares is read, the end of a tree of entities among it.
  static void Doctype(void* self, const char* name, const char*, const char*, int declares) {
    if (declares == 0) return;
    Of(self).Fail({.field = "<!DOCTYPE>",
                   .value = Shown(name),
                   .allowed = "a document that declares no entities of its own"});
  }
};

void XmlReader::ParserDeleter::operator()(XML_ParserStruct* parser) const {
  XML_ParserFree(parser);
}

XmlReader::XmlReader(const ReadOptions& options, absl::Span<const XmlChild> table)
    : options_(options), table_(table), parser_(XML_ParserCreate(nullptr)) {
  if (parser_ == nullptr) {
    status_ = absl::ResourceExhaustedError("no memory to read XML");
    return;
  }
  XML_SetUserData(parser_.get(), this);
  XML_SetElementHandler(parser_.get(), &Calls::Open, &Calls::Close);
  XML_SetCharacterDataHandler(parser_.get(), &Calls::Text);
  XML_SetStartDoctypeDeclHandler(parser_.get(), &Calls::Doctype);
}

uint64_t XmlReader::line() const { return XML_GetCurrentLineNumber(parser_.get()); }

void XmlReader::Fail(FieldError error) {
  if (!status_.ok()) return;
  status_ = ErrorStatus(error);
  (*sink_)(RejectedRecord(line(), std::move(error)));
  XML_StopParser(parser_.get(), XML_FALSE);
}

void XmlReader::AddText(absl::string_view text) {
  if (levels_.empty() || !levels_.back().has_text || !status_.ok()) return;
  text_.append(text.data(), text.size());
  if (text_.size() > options_.max_record_bytes) Fail(TooLong(text_, options_));
}

const XmlChild* XmlReader::FindChild(int parent, absl::string_view name) const {
  const auto found = std::ranges::find_if(
      table_, [&](const XmlChild& child) { return child.parent == parent && child.name == name; });
  return found == table_.end() ? nullptr : &*found;
}

std::string XmlReader::RootsAllowed() const {
  std::string roots = "a document of";
  for (const XmlChild& child : table_) {
    if (child.parent == kDocument) absl::StrAppend(&roots, " <", child.name, ">");
  }
  return roots;
}

void XmlReader::OpenElement(absl::string_view name, const XmlAttributes& attributes) {
  if (!status_.ok()) return;  // the parser tells of what it had begun with
  const bool is_root = levels_.empty();
  const int parent = is_root ? kDocument : levels_.back().node;
  const XmlChild* const child =
      parent == kPassedOver ? nullptr : FindChild(parent, WithoutPrefix(name));
  if (is_root && child == nullptr) {
    return Fail({.field = "", .value = Shown(name), .allowed = RootsAllowed()});
  }
  if (levels_.size() == kMaxDepth) {
    return Fail({.field = "",
                 .value = Shown(name),
                 .allowed = absl::StrCat("elements in at most ", kMaxDepth, " others")});
  }
  levels_.push_back({.node = child == nullptr ? kPassedOver : child->node,
                     .has_text = child != nullptr && child->has_text});
  text_.clear();
  if (child != nullptr) Open(child->node, attributes);
}

void XmlReader::CloseElement() {
  if (!status_.ok()) return;
  const Level level = levels_.back();
  levels_.pop_back();
  if (level.node != kPassedOver) {
    Close(level.node, level.has_text ? absl::StripAsciiWhitespace(text_) : absl::string_view());
  }
  text_.clear();
}

void XmlReader::FailParse() {
  if (!status_.ok()) return;
  int offset = 0, size = 0;
  const char* const context = XML_GetInputContext(parser_.get(), &offset, &size);
  const absl::string_view rest = context == nullptr || offset < 0 || offset > size
                                     ? absl::string_view()
                                     : absl::string_view(context, static_cast<size_t>(size))
                                           .substr(static_cast<size_t>(offset));
  Fail({.field = "",
        .value = Shown(rest),
        .allowed =
            absl::StrCat("well-formed XML; ", XML_ErrorString(XML_GetErrorCode(parser_.get())))});
}

void XmlReader::ParseBlock(bool is_last) {
  const XML_Status parsed =
      XML_Parse(parser_.get(), block_.data(), static_cast<int>(block_.size()), is_last);
  parsed_bytes_ += block_.size();
  block_.clear();
  if (parsed == XML_STATUS_ERROR) return FailParse();
  const XML_Index at = XML_GetCurrentByteIndex(parser_.get());
  if (at >= 0 && parsed_bytes_ - static_cast<uint64_t>(at) > kMaxTokenBytes + kBlockBytes) {
    Fail({.field = "",
          .value = "",
          .allowed = absl::StrCat("tags and comments of at most ", kMaxTokenBytes, " bytes")});
  }
}

absl::Status XmlReader::Feed(absl::string_view bytes, const RecordSink& sink) {
  sink_ = &sink;
  while (status_.ok() && !bytes.empty()) {
    const size_t taken = std::min(bytes.size(), kBlockBytes - block_.size());
    block_.append(bytes.data(), taken);
    bytes.remove_prefix(taken);
    if (block_.size() == kBlockBytes) ParseBlock(false);
  }
  return status_;
}

absl::Status XmlReader::Finish(const RecordSink& sink) {
  sink_ = &sink;
  if (status_.ok()) ParseBlock(true);
  if (status_.ok()) status_ = End();
  return status_;
}

}  // namespace spoor
