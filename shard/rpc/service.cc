#include "shard/rpc/service.h"

#include <cassert>
#include <exception>

namespace spoor {

Answer ServeInTime(Service& service, const Call& call, const Patience& patience) {
  if (absl::Status gone = patience.Check(); !gone.ok()) return gone;
  try {
    Answer answer = service.Serve(call, patience);
    if (absl::Status late = patience.Check(); answer.ok() && !late.ok()) return late;
    return answer;
  } catch (const std::exception& e) {  // no memory: this call fails, the process goes on
    return absl::InternalError(absl::StrCat("the call '", call.method, "' failed: ", e.what()));
  }
}

void MethodTable::Add(std::string name, Method method) {
  [[maybe_unused]] const bool is_new = methods_.emplace(std::move(name), std::move(method)).second;
  assert(is_new);
}

Answer MethodTable::Serve(const Call& call, const Patience& patience) {
  const auto found = methods_.find(call.method);
  if (found == methods_.end()) {
    return absl::UnimplementedError(absl::StrCat("no method '", call.method, "'"));
  }
  return found->second(call, patience);
}

}  // namespace spoor
