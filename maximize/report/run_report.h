// RunReport: what a reader is told of a run of either direction, and its writer. It holds no model and no tape: whoever
// makes one fills in what was seen, and the page, a notebook or a file of JSON shows it.
//
//   RunReport r;
//   r.quantity = "activation", r.unit = "conv2.relu:5";
//   r.add(0, 0.27);                                              // for every step
//   r.scenes.push_back({.step = 0, .caption = "the start"});    // what it looked like now and then
//   r.claims.push_back({"It beats the data", "above the data maximum", "3.6 against 1.5", "noise: 0.28", above(3.6, 1.5)});
//   json(r)                                                      // "A run" of the contract in maximize/app/page/page.js
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "maximize/claim.h"
#include "maximize/report/grey_image.h"

namespace gradus {

struct SettingText {
  std::string name, value;
};

// A value that the curve is to be compared with, by a name that reads well before an equals sign: "data maximum".
struct Level {
  std::string label;
  double value;
};

// Images side by side, and what black and white stand for in them ("" where that is not told).
struct Sheet {
  std::vector<GreyImage> images = {};
  std::string caption = {}, black = {}, white = {};
};

// What a network says of a sample, the share of its probability that it gives to that, and whether it is right.
struct Prediction {
  std::string said;
  double share;
  bool right;
};

struct NearToken {
  std::string token;
  double cosine;
};

// One vector of an input of embeddings: the tokens near it, the nearest first, and what the unit does there.
struct RecordedVector {
  std::vector<NearToken> nearest = {};
  double activation = 0;
};

// A token of a text, with what stands around it, and what the unit did there.
struct TokenInText {
  std::string before, token, after;
  double value;
};

// What the run looked like after `step` steps.
struct Scene {
  int step = 0;
  std::string caption = {};
  std::uint64_t hash = 0;                    // of the moving leaf
  std::vector<Prediction> predictions = {};  // one for each probe
  std::vector<Sheet> sheets = {};            // pictures
  std::vector<std::string> samples = {};     // text that a model writes
  std::vector<RecordedVector> vectors = {};  // of an input of embeddings
};

// A leaf of the tape, and its hash before and after the run.
struct RecordedLeaf {
  std::string name;
  std::uint64_t before = 0, after = 0;
  bool changed() const { return before != after; }
};

struct RunReport {
  std::string quantity;   // "loss (nats)": what the curve shows
  std::string unit = {};  // that was raised; "" in training
  std::vector<int> steps = {};
  std::vector<double> values = {};  // [i]: after steps[i] steps
  std::vector<Level> levels = {};
  std::vector<Scene> scenes = {};                // the first at the first step, in the order of their steps
  Sheet probes = {};                             // samples that the scenes' predictions are about
  Sheet exemplars = {};                          // samples of the data that excite the unit most, or
  std::vector<TokenInText> exemplar_texts = {};  // the same in a text; exemplars.caption tells what they are
  double null_cosine =
      std::numeric_limits<double>::quiet_NaN();  // the best cosine of a random direction, if tokens are near
  RecordedLeaf moving = {}, locked = {};
  std::size_t gradient_buffers = 0;  // of leaves
  double seconds = 0;
  bool stopped = false;            // before its last step
  std::vector<Level> scores = {};  // how good it was in the end: {"accuracy", 0.98}
  std::string result = {};         // in a sentence
  std::vector<SettingText> settings = {};
  std::vector<Claim> claims = {};

  void add(int step, double value) { steps.push_back(step), values.push_back(value); }
  double first() const { return values.front(); }
  double last() const { return values.back(); }
};

// One JSON object, as the top of maximize/app/page/page.js describes it ("A run"). A number that is not finite becomes
// null, bytes that are not UTF-8 become U+FFFD.
GRADUS_API std::string json(const RunReport& report);

// Both directions of one model, and the tape that they share.
struct TwoRuns {
  std::string model, heading, text;  // "cnn"; a title; a sentence on both runs
  // The calls that differ, with the file that they stand in and what is marked in each: the leaf that moves.
  struct Code {
    std::string file, training, maximization, training_moves, maximization_moves;
  } code = {};
  RunReport training = {}, maximization = {};
  std::string drawing = {};  // SVG: tape_drawing.h
  std::string drawing_note = {};
};

// All that the page shows.
struct PageData {
  std::string heading, sentence;
  std::string command;  // that makes the page again
  std::uint64_t seed = 0;
  int threads = 0;
  double seconds = 0;
  std::string version;
  std::vector<TwoRuns> models = {};
};

// The settings and claims of both runs of all models stand together under "meta".
GRADUS_API std::string json(const PageData& page);

}  // namespace gradus
