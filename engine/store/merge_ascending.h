#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace spoor {

// Visits the elements of several ascending sequences in ascending order: visit(key, sequence,
// index). Equal keys come one after the other, in no particular order of their sequences.
//
//   sizes[s]       length of sequence s
//   key(s, index)  its element; asked for once each, indices in order
template <typename Key, typename KeyOf, typename Visit>
void MergeAscending(const std::vector<uint32_t>& sizes, KeyOf key, Visit visit) {
  struct Head {
    Key key;
    uint32_t sequence, index;
  };
  std::vector<Head> heap;  // the least key on top; children of i are 2i + 1 and 2i + 2
  const auto sink = [&heap](size_t i) {
    Head moving = std::move(heap[i]);
    for (size_t child = 2 * i + 1; child < heap.size(); child = 2 * i + 1) {
      if (child + 1 < heap.size() && heap[child + 1].key < heap[child].key) ++child;
      if (!(heap[child].key < moving.key)) break;
      heap[i] = std::move(heap[child]);
      i = child;
    }
    heap[i] = std::move(moving);
  };
  for (uint32_t s = 0; s < sizes.size(); ++s) {
    if (sizes[s] > 0) heap.push_back({key(s, 0), s, 0});
  }
  for (size_t i = heap.size() / 2; i-- > 0;) sink(i);
  while (!heap.empty()) {
    Head& top = heap.front();
    visit(top.key, top.sequence, top.index);
    if (++top.index < sizes[top.sequence]) {
      top.key = key(top.sequence, top.index);
    } else {
      top = std::move(heap.back());
      heap.pop_back();
    }
    if (!heap.empty()) sink(0);
  }
}

}  // namespace spoor
