#include "model/text/tokenizer.h"

#include "autograd/error.h"

namespace gradus {

Tokenizer::~Tokenizer() = default;

void Tokenizer::check_id(Index id) const {
  if (id < 0 || id >= size())
    throw InputError("text: expected token ids of 0 to " + std::to_string(size() - 1) + ", got " + std::to_string(id));
}

}  // namespace gradus
