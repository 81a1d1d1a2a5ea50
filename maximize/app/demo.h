// The pieces of the demo: one frame of the page for each model.
#pragma once

#include "maximize/app/command.h"

namespace gradus::app {

struct DemoSettings {
  std::uint64_t seed = 0;
  int threads = 0;
  int steps = 300;  // of training, and of maximization
  std::string cnn_unit = "conv2.relu:5", gpt_unit = "h.1.mlp.act:37";
};

struct Frame {
  Json page;             // as the page's data contract has it
  Json summary;          // for summary.json
  Json settings;         // [{name, value}]
  Json verdicts;         // [{claim, threshold, measured, verdict}]
  bool stopped = false;  // by Ctrl-C
};

Frame cnn_frame(const DemoSettings& settings, const Interrupt& interrupt);
Frame gpt_frame(const DemoSettings& settings, const Interrupt& interrupt);

// Which steps get a snapshot: about `count` of `steps`, evenly spread, the first included.
bool snapshot_due(int step, int steps, int count);

// The two hashes of a leaf of the page.
Json page_leaf(const std::string& name, std::uint64_t before, std::uint64_t after);

Json verdict(const std::string& claim, const std::string& threshold, const std::string& measured, bool holds);

}  // namespace gradus::app
