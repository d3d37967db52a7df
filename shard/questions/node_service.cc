#include "shard/questions/node_service.h"

namespace spoor {

#define QUESTION(Q) void Add##Q(const NodeCatalog&, MethodTable&);
#include "shard/questions/questions.def"
#undef QUESTION

NodeService::NodeService(const NodeCatalog& node) {
#define QUESTION(Q) Add##Q(node, *this);
#include "shard/questions/questions.def"
#undef QUESTION
}

}  // namespace spoor
