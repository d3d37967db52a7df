#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "engine/search/query.h"

namespace spoor {
namespace v1 {
class Filter;
class FixList;
class Hit;
class ProposeReply;
class RangeReply;
class RangeRequest;
class RefineRequest;
class Rerank;
class SearchCost;
class SearchReply;
class SearchRequest;
}  // namespace v1

// Searches and answers as the messages of proto/search.proto.  Encode overwrites nothing but what
// it sets, so the message should be new.  Decode trusts nothing: InvalidArgument names the field,
// its value and what is allowed; what it returns is a value that the engine takes.
//
//   Decode(Encode(x)) == x, but for a region, which is made anew of the same polygons, and a
//   measure, which is made anew by its name.

void Encode(const Query& query, v1::SearchRequest& out);
absl::StatusOr<Query> Decode(const v1::SearchRequest& in);

void Encode(const Filter& filter, v1::Filter& out);
absl::StatusOr<Filter> Decode(const v1::Filter& in);

void Encode(const RangeQuery& query, v1::RangeRequest& out);
absl::StatusOr<RangeQuery> Decode(const v1::RangeRequest& in);

void Encode(const Hit& hit, v1::Hit& out);
absl::StatusOr<Hit> Decode(const v1::Hit& in);

void Encode(const SearchAnswer& answer, v1::SearchReply& out);
absl::StatusOr<SearchAnswer> Decode(const v1::SearchReply& in);

void Encode(const Shortlist& shortlist, v1::ProposeReply& out);
absl::StatusOr<Shortlist> Decode(const v1::ProposeReply& in);

void Encode(const RangeAnswer& answer, v1::RangeReply& out);
absl::StatusOr<RangeAnswer> Decode(const v1::RangeReply& in);

// Parts that the messages of joins have too.
void EncodeFixes(TrajectoryView fixes, v1::FixList& out);
absl::StatusOr<std::vector<Fix>> DecodeFixes(const v1::FixList& in);
void EncodeRerank(const Rerank& rerank, v1::Rerank& out);
absl::StatusOr<Rerank> DecodeRerank(const v1::Rerank& in);
void EncodeCost(const SearchCost& cost, v1::SearchCost& out);
SearchCost DecodeCost(const v1::SearchCost& in);

}  // namespace spoor
