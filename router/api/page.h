#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "router/api/route.h"
#include "router/message/record_json.h"
#include "router/message/request_search.h"
#include "router/message/trip_text.h"

namespace spoor {

struct PageLook {
  absl::string_view list;  // the name of the list in JSON
  Include include;         // instead of the request's
};

// What became of a page.
struct ListedPage {
  std::string next;    // cursor of the page after it; empty: there is none
  uint64_t shown = 0;  // how many were written
  ReadReport report;
  RangeCost cost;
};
// Who writes what a page shows: how many bytes there are by now, and one more.
struct PageWriter {
  std::function<size_t()> size;
  std::function<absl::Status(const TrajectoryId&, ShownRecord&)> write;
};
// Calls the writer with what `query.show` wants of the records that meet a filter, by id, until
// they are all or the bytes are as many as an answer may have.  Errors are those of reads, and the
// writer's.  REQUIRES: the query shows something.
absl::StatusOr<ListedPage> ListPage(const ApiCall& call, const ClusterCollection& collection,
                                    const RangeRequest& request, const PageWriter& writer);

// One page of the records that meet a filter, by id, with `next` when there are more.  Ends early
// rather than exceed max_answer_bytes.
ApiResponse AnswerPage(const ApiCall& call, const ClusterCollection& collection,
                       const RangeRequest& request, const PageLook& look);

// The same as a document of whole trips; its `next` stands in the Link header.  406 for a page with
// a trip that the form cannot hold.
ApiResponse AnswerTrips(const ApiCall& call, const ClusterCollection& collection,
                        const RangeRequest& request, const TripText& text);

// One trip as such a document.
ApiResponse AnswerTrip(const ApiCall& call, const Trajectory& trip, const TripText& text);

// <?...>; rel="next": the query of this call with another cursor.
std::string NextLink(const ApiCall& call, absl::string_view cursor);

// 200 with the body as the media type that the client prefers.
ApiResponse AnswerOf(const ApiCall& call, std::string body);

}  // namespace spoor
