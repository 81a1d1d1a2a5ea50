#include "model/text/byte_pairs.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include <algorithm>
#include <array>
#include <map>
#include <nlohmann/json.hpp>
#include <queue>

#include "autograd/error.h"
#include "model/files/file.h"

namespace gradus {
namespace {

using Json = nlohmann::json;

// GPT-2's pattern. Its \s is Unicode's White_Space, which PCRE2's is not (it lacks U+0085): written out.
constexpr const char* word_pattern = R"('s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\p{L}\p{N}S]+|[S]+(?![^S])|[S]+)";
constexpr const char* white_space =
    R"(\t-\r \x{85}\x{a0}\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}\x{202f}\x{205f}\x{3000})";

// The files write each byte as a character that can be seen: the printable ones of Latin-1 as themselves, the other 68 as U+0100 and
// on, in their order.
std::array<int, 512> bytes_of_characters() {
  std::array<int, 512> bytes;
  bytes.fill(-1);
  int next = 256;
  for (int b = 0; b < 256; ++b) {
    const bool seen = (b >= '!' && b <= '~') || (b >= 0xa1 && b <= 0xac) || (b >= 0xae && b <= 0xff);
    bytes[seen ? b : next++] = b;
  }
  return bytes;
}

// A token as the files write it, as bytes; empty where a character stands for none. Its characters have one or two bytes of UTF-8.
std::string as_bytes(std::string_view written) {
  static const std::array<int, 512> bytes = bytes_of_characters();
  std::string s;
  for (std::size_t i = 0; i < written.size(); ++i) {
    int c = static_cast<unsigned char>(written[i]);
    if (c >= 0xc0 && c < 0xe0 && i + 1 < written.size()) c = (c & 0x1f) << 6 | (written[++i] & 0x3f);
    if (c >= 512 || bytes[c] < 0) return "";
    s += static_cast<char>(bytes[c]);
  }
  return s;
}

// Bytes as the files write them: the inverse.
std::string as_written(std::string_view bytes) {
  static const std::array<int, 512> characters = bytes_of_characters();
  std::string s;
  for (const char byte : bytes) {
    const auto c =
        std::find(characters.begin(), characters.end(), static_cast<unsigned char>(byte)) - characters.begin();
    if (c >= 128) s += static_cast<char>(0xc0 | c >> 6);
    s += static_cast<char>(c < 128 ? c : 0x80 | (c & 0x3f));
  }
  return s;
}

std::uint64_t pair_key(Index left, Index right) {
  return static_cast<std::uint64_t>(left) << 32 | static_cast<std::uint64_t>(right);
}

std::string error_text(int code) {
  std::array<char, 256> text{};
  pcre2_get_error_message(code, reinterpret_cast<PCRE2_UCHAR*>(text.data()), text.size());
  return text.data();
}

}  // namespace

struct BytePairs::Words {
  pcre2_code* code;

  Words() {
    std::string pattern = word_pattern;
    for (std::size_t at; (at = pattern.find('S')) != std::string::npos;) pattern.replace(at, 1, white_space);
    int error = 0;
    PCRE2_SIZE where = 0;
    code = pcre2_compile(reinterpret_cast<PCRE2_SPTR>(pattern.data()), pattern.size(), PCRE2_UTF | PCRE2_UCP, &error,
                         &where, nullptr);
    if (!code) throw Error("byte pairs: the pattern of words: " + error_text(error));
    pcre2_jit_compile(code, PCRE2_JIT_COMPLETE);  // where the processor has none, the pattern is interpreted
  }
  ~Words() { pcre2_code_free(code); }
  Words(const Words&) = delete;
  Words& operator=(const Words&) = delete;

  // visit(word) for each word of the text.
  template <class Visit>
  void each(std::string_view text, const Visit& visit) const {
    const auto free = [](pcre2_match_data* m) { pcre2_match_data_free(m); };
    const std::unique_ptr<pcre2_match_data, decltype(free)> match(pcre2_match_data_create(1, nullptr), free);
    const auto subject = reinterpret_cast<PCRE2_SPTR>(text.data());
    std::uint32_t options = 0;  // the first call checks that all of the text is UTF-8
    for (std::size_t at = 0; at < text.size(); options = PCRE2_NO_UTF_CHECK) {
      const int found = pcre2_match(code, subject, text.size(), at, options, match.get(), nullptr);
      const PCRE2_SIZE* range = pcre2_get_ovector_pointer(match.get());
      if (found <= PCRE2_ERROR_UTF8_ERR1 && found >= PCRE2_ERROR_UTF8_ERR21)
        throw InputError("byte pairs: expected UTF-8, got something else at byte " +
                         std::to_string(pcre2_get_startchar(match.get())));
      if (found < 0) throw Error("byte pairs: " + error_text(found));
      visit(text.substr(range[0], range[1] - range[0]));
      at = range[1];
    }
  }
};

BytePairs::BytePairs(const std::string& vocab_path, const std::string& merges_path, Index least_size)
    : words_(std::make_unique<Words>()) {
  read_vocabulary(vocab_path);
  read_merges(merges_path);
  if (size() < least_size) tokens_.resize(least_size);
}

BytePairs::~BytePairs() = default;

void BytePairs::read_vocabulary(const std::string& path) {
  const InputFile file(path);
  const Json json = Json::parse(read_file(path), nullptr, false);
  if (!json.is_object() || json.empty()) file.fail("expected a JSON object of tokens and their numbers");
  tokens_.resize(json.size());
  for (const auto& [written, id] : json.items()) {
    const std::string bytes = as_bytes(written);
    if (bytes.empty()) file.fail("token \"" + printable(written) + "\": expected GPT-2's characters for bytes");
    if (!id.is_number_unsigned() || id.get<std::uint64_t>() >= json.size())
      file.fail("token \"" + printable(written) + "\": expected a number from 0 to " + std::to_string(json.size() - 1));
    std::string& place = tokens_[id.get<std::size_t>()];
    if (!place.empty()) file.fail("token \"" + printable(written) + "\": its number is another token's too");
    place = bytes;
    ids_[bytes] = id.get<Index>();
  }
  for (int b = 0; b < 256; ++b) {
    const auto found = ids_.find(std::string(1, static_cast<char>(b)));
    if (found == ids_.end()) file.fail("expected a token for each byte, got none for " + std::to_string(b));
    bytes_[b] = found->second;
  }
}

void BytePairs::read_merges(const std::string& path) {
  const InputFile file(path);
  const std::string text = read_file(path);
  Index line_number = 0, rank = 0;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    std::string_view line(text.data() + at, end - at);
    at = end + 1;
    ++line_number;
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    if (line.empty() || line.starts_with("#version")) continue;
    const auto fail = [&](const std::string& expected) {
      file.fail("line " + std::to_string(line_number) + ": expected " + expected + ", got \"" +
                printable(std::string(line)) + "\"");
    };
    const std::size_t space = line.find(' ');
    if (space == std::string_view::npos || line.find(' ', space + 1) != std::string_view::npos)
      fail("two tokens with a space between");
    const std::string left = as_bytes(line.substr(0, space)), right = as_bytes(line.substr(space + 1));
    const auto l = ids_.find(left), r = ids_.find(right), both = ids_.find(left + right);
    if (l == ids_.end() || r == ids_.end() || both == ids_.end())
      fail("two tokens of the vocabulary that make a third");
    merges_.try_emplace(pair_key(l->second, r->second), Merge{rank++, both->second});
  }
}

const BytePairs::Merge* BytePairs::merge_of(Index left, Index right) const {
  const auto found = merges_.find(pair_key(left, right));
  return found == merges_.end() ? nullptr : &found->second;
}

// The tokens are a list in which each knows its neighbours. The candidates wait in a queue, the first line of merges.txt first and of
// one line the leftmost; one whose tokens have changed since is passed over. So a word of n bytes takes n log n steps.
std::vector<Index> BytePairs::encode_word(std::string_view word) const {
  struct Piece {
    Index id;  // -1: it was joined to the one before it
    Index before, after;
  };
  struct Candidate {
    Index rank, at, left, right;
    bool operator>(const Candidate& c) const { return rank != c.rank ? rank > c.rank : at > c.at; }
  };
  const Index n = std::ssize(word);
  std::vector<Piece> pieces(n);
  for (Index i = 0; i < n; ++i)
    pieces[i] = {bytes_[static_cast<unsigned char>(word[i])], i - 1, i + 1 < n ? i + 1 : -1};
  std::priority_queue<Candidate, std::vector<Candidate>, std::greater<>> queue;
  const auto consider = [&](Index at) {
    const Index next = at < 0 ? -1 : pieces[at].after;
    if (next < 0) return;
    if (const Merge* m = merge_of(pieces[at].id, pieces[next].id))
      queue.push({m->rank, at, pieces[at].id, pieces[next].id});
  };
  for (Index i = 0; i + 1 < n; ++i) consider(i);
  while (!queue.empty()) {
    const Candidate c = queue.top();
    queue.pop();
    Piece& left = pieces[c.at];
    if (left.id != c.left || left.after < 0 || pieces[left.after].id != c.right) continue;
    Piece& right = pieces[left.after];
    left.id = merge_of(c.left, c.right)->result;
    right.id = -1;
    left.after = right.after;
    if (left.after >= 0) pieces[left.after].before = c.at;
    consider(left.before);
    consider(c.at);
  }
  std::vector<Index> ids;
  for (Index i = 0; i >= 0 && i < n; i = pieces[i].after) ids.push_back(pieces[i].id);
  return ids;
}

std::vector<Index> BytePairs::encode(std::string_view text) const {
  std::vector<Index> ids;
  std::unordered_map<std::string_view, std::vector<Index>> seen;  // a text repeats its words
  words_->each(text, [&](std::string_view word) {
    const auto [at, is_new] = seen.try_emplace(word);
    if (is_new) at->second = encode_word(word);
    ids.insert(ids.end(), at->second.begin(), at->second.end());
  });
  return ids;
}

std::string BytePairs::decode(std::span<const Index> ids) const {
  std::string text;
  for (const Index id : ids) {
    check_id(id);
    text += tokens_[id];
  }
  return text;
}

std::string BytePairs::token(Index id) const {
  check_id(id);
  return tokens_[id];
}

Index BytePairs::start() const {
  const auto found = ids_.find("<|endoftext|>");
  return found == ids_.end() ? static_cast<Index>(ids_.size()) - 1 : found->second;
}

std::map<std::string, std::string> BytePairs::metadata() const {
  return {{"tokenizer", "byte pairs"}};
}

void BytePairs::save(const std::string& vocab_path, const std::string& merges_path) const {
  nlohmann::ordered_json vocabulary = nlohmann::ordered_json::object();
  for (std::size_t id = 0; id < ids_.size(); ++id) vocabulary[as_written(tokens_[id])] = id;
  std::map<Index, std::string> lines;  // by rank
  for (const auto& [pair, merge] : merges_)
    lines[merge.rank] = as_written(tokens_[pair >> 32]) + " " + as_written(tokens_[pair & 0xffffffffU]) + "\n";
  std::string merges = "#version: 0.2\n";
  for (const auto& [rank, line] : lines) merges += line;
  write_file_atomically(vocab_path, vocabulary.dump());
  write_file_atomically(merges_path, merges);
}

}  // namespace gradus
