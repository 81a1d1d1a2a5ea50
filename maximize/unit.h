// Unit: what is observed and what is raised: an address in a model, a place along its channels, and where to look.
//
//   conv2.relu:5                channel 5 of a (N, C, H, W) activation; its value for an image is the mean over H and W
//   conv2.relu:5,3,4            the same channel at row 3, column 4
//   fc1.relu:7                  entry 7 of a (N, C) activation
//   h.1.mlp.act:37              entry 37 of a (B, T, C) activation; one value a token
//   h.1.mlp.act:37,2            the same at token 2; h.1.mlp.act:37,last at the last token
//   h.1.attn.pattern:2,4,3      one of attention's weights (B, nh, T, T): head 2, query (token) 4, key (token) 3
//   h.1.attn.pattern:2,previous head 2's weight on the token before, one value a token, from the second on
//   h.1.attn.pattern:2,first    its weight on the first token; h.1.attn.pattern:2,self on the token itself
//   a direction                 a vector d (C) instead of an index: the value is the inner product with d
//
// An activation whose address ends in `pattern` is attention's weights. A head alone is no unit there: its weights for
// a query add up to 1 whatever the input is. The model's input has an address too: `input`.
#pragma once

#include <string>
#include <vector>

#include "autograd/tape.h"

namespace gradus {
inline namespace GRADUS_REAL {

struct GRADUS_API Unit {
  enum class Where { everywhere, place, last, previous, first, self };

  std::string address;
  Index index = 0;
  Tensor direction;  // empty, or (C): then index is not used
  Where where = Where::everywhere;
  std::vector<Index> place;  // for Where::place: {row, column}, {token} or {query, key}

  static Unit parse(const std::string& text);  // "conv2.relu:5"; throws InputError
  static Unit along(std::string address, Tensor direction);
  std::string str() const;
};

// The unit's values in an activation x found at its address: (N), one an image, for (N, C, H, W) and (N, C); (B, T),
// one a token, for (B, T, C) and attention's weights; (B, 1) where the unit is at one token, (B, T - 1) for the weight on
// the previous one. Throws InputError, which says what is allowed, where the unit does not fit x.
GRADUS_API Var unit_values(Var x, const Unit& unit);

// Which token the first of a text's values belongs to, for a text of T tokens; the others follow it.
GRADUS_API Index first_token(const Unit& unit, Index T);

// The unit's value for each sample of the batch, the mean over its tokens. (N)
GRADUS_API Var sample_values(Var x, const Unit& unit);

}  // namespace GRADUS_REAL
}  // namespace gradus
