#include "shard/questions/get.h"

#include "engine/store/log_value.h"
#include "proto/node.pb.h"
#include "shard/questions/wire.h"

namespace spoor {

absl::StatusOr<GetAnswer> Ask(const GetQuestion& question, const EngineReader& reader,
                              const Patience& /*patience*/) {
  auto records = GetStored(reader, question.ids, question.mask);
  if (!records.ok()) return records.status();
  return GetAnswer{.records = *std::move(records), .seen = reader.position()};
}

absl::StatusOr<FoundRecords> Decode(const Engine::StoredRecords& records,
                                    absl::Span<const TrajectoryId> ids) {
  FoundRecords out(ids.size());
  for (size_t i = 0; i < ids.size(); ++i) {
    const auto& stored = records.found[i];
    if (!stored) continue;
    auto trajectory = DecodeLogValue(ids[i].value(), stored->value);
    if (!trajectory.ok()) return trajectory.status();
    out[i] = {.trajectory = *std::move(trajectory),
              .version = stored->version,
              .geodabs = stored->geodabs};
  }
  return out;
}

template <>
struct WireOf<GetQuestion> {
  using Request = v1::GetRequest;
  using Reply = v1::GetReply;

  static void Encode(const GetQuestion& question, Request& out) {
    for (const TrajectoryId& id : question.ids) out.add_ids(id.value());
    EncodeHomes(question.mask, out);
  }

  static absl::StatusOr<GetQuestion> Decode(const Request& in) {
    if (static_cast<size_t>(in.ids_size()) > GetQuestion::kMaxIds) {
      return Wrong("ids", in.ids_size(), absl::StrCat("at most ", GetQuestion::kMaxIds));
    }
    GetQuestion out;
    for (const std::string& id : in.ids()) {
      if (!IsValidName(id)) {
        return Wrong("ids", absl::StrCat("a text of ", id.size(), " bytes"),
                     "1 ... 256 bytes of UTF-8 without control characters");
      }
      out.ids.emplace_back(id);
    }
    auto homes = DecodeHomes("homes", in);
    if (!homes.ok()) return homes.status();
    out.mask = *std::move(homes);
    return out;
  }

  static void Encode(const GetAnswer& answer, Reply& out) {
    const auto& found = answer.records.found;
    for (size_t i = 0; i < found.size(); ++i) {
      if (!found[i]) continue;
      v1::GetReply::Found& to = *out.add_found();
      to.set_index(static_cast<uint32_t>(i));
      to.set_version(found[i]->version);
      to.set_geodabs(found[i]->geodabs);
      to.set_value(found[i]->value);
    }
    out.set_damaged(answer.records.damaged);
    out.set_log_id(answer.seen.log_id);
    for (const uint64_t next : answer.seen.next) out.add_next(next);
  }

  static absl::StatusOr<GetAnswer> Decode(const GetQuestion& question, const Reply& in) {
    GetAnswer out;
    out.records.damaged = in.damaged();
    out.records.found.resize(question.ids.size());
    for (const v1::GetReply::Found& found : in.found()) {
      if (found.index() >= question.ids.size() || out.records.found[found.index()]) {
        return Wrong("found.index", found.index(), "each id that was asked for, once");
      }
      out.records.found[found.index()] = {
          .version = found.version(), .geodabs = found.geodabs(), .value = found.value()};
    }
    out.seen = {.log_id = in.log_id(), .next = {in.next().begin(), in.next().end()}};
    return out;
  }
};
SPOOR_QUESTION(GetQuestion)

}  // namespace spoor
