// The report of a run and its JSON.
#include "maximize/report/run_report.h"

#include <limits>

#include "tests/catch.h"

using namespace gradus;
using Catch::Matchers::Contains;

TEST_CASE("a report as JSON: what is there, and nothing of what is not") {
  RunReport r;
  r.quantity = "loss (nats)";
  r.add(0, 2.5);
  r.add(10, std::numeric_limits<double>::infinity());
  r.levels = {{"guessing: ln 10", 2.25}};
  r.moving = {"two weights", 1, 0xabcdef};
  r.locked = {"digits", 7, 7};
  r.scenes = {{.step = 0, .caption = "the start", .hash = 1}};
  r.result = "It fell.";
  REQUIRE(r.moving.changed());
  REQUIRE(!r.locked.changed());
  REQUIRE(json(r) ==
          R"j({"moving":{"name":"two weights","hash_before":"0000000000000001","hash_after":"0000000000abcdef"},)j"
          R"j("locked":{"name":"digits","hash_before":"0000000000000007","hash_after":"0000000000000007"},)j"
          R"j("quantity":"loss (nats)","steps":[0,10],"values":[2.5,null],)j"
          R"j("lines":[{"label":"guessing: ln 10","value":2.25}],)j"
          R"j("snapshots":[{"step":0,"caption":"the start","hash":"0000000000000001"}],"result":"It fell."})j");

  r.unit = "h.0.mlp.act:3";
  r.null_cosine = 0.25;
  r.scores = {{"accuracy", 0.5}};
  r.scenes[0].predictions = {{"7", 0.75, false}};
  r.scenes[0].samples = {"a \xff b"};
  r.scenes[0].vectors = {{.nearest = {{"plum", 0.5}}, .activation = 1.5}};
  r.scenes[0].sheets = {{.images = {{2, 1, {0, 255}, "x"}}, .caption = "two pixels", .black = "0", .white = "1"}};
  r.exemplars.caption = "the best";
  r.exemplar_texts = {{"the", "dog", "runs", 3.5}};
  const std::string all = json(r);
  REQUIRE_THAT(all, Contains(R"j("unit":"h.0.mlp.act:3")j") && Contains(R"j("null_cosine":0.25)j") &&
                        Contains(R"j("scores":[{"label":"accuracy","value":0.5}])j"));
  REQUIRE_THAT(all, Contains(R"j("predictions":[{"said":"7","share":0.75,"right":false}])j") &&
                        Contains("\"samples\":[\"a \xef\xbf\xbd b\"]"));
  REQUIRE_THAT(all, Contains(R"j("tokens":[{"activation":1.5,"nearest":[{"token":"plum","cosine":0.5}]}])j"));
  REQUIRE_THAT(all, Contains(R"j("sheets":[{"images":[{"w":2,"h":1,"data":"AP8=","caption":"x"}],)j"
                             R"j("caption":"two pixels","scale":{"black":"0","white":"1"}}])j"));
  REQUIRE_THAT(all, Contains(R"j("exemplars":{"caption":"the best",)j"
                             R"j("texts":[{"before":"the","token":"dog","after":"runs","value":3.5}]})j"));
}

TEST_CASE("a page's data: both runs of each model, their settings and claims together") {
  TwoRuns runs{.model = "cnn", .heading = "A net", .text = "Left and right.", .drawing = "<svg/>"};
  runs.code = {"file.cpp", "descend(w)", "descend({&x})", "w", "{&x}"};
  runs.training.settings = {{"steps", "5"}};
  runs.maximization.settings = {{"seed", "1"}};
  runs.maximization.claims = {
      {.claim = "more", .threshold = "above 1", .measured = "2", .null = "0.5, noise", .outcome = above(2, 1)},
      {.claim = "open", .threshold = "above 1"}};
  const std::string all = json(PageData{.heading = "H",
                                        .sentence = "S",
                                        .command = "gradus demo",
                                        .seed = 3,
                                        .threads = 2,
                                        .seconds = 1.26,
                                        .version = "9",
                                        .models = {runs}});
  REQUIRE_THAT(
      all,
      Contains(
          R"j({"title":{"heading":"H","sentence":"S"},"meta":{"command":"gradus demo","seed":3,"threads":2,)j"
          R"j("seconds":1.3,"version":"9",)j"
          R"j("settings":[{"name":"steps","value":"5"},{"name":"seed","value":"1"}],)j"
          R"j("verdicts":[{"claim":"more","threshold":"above 1","measured":"2","verdict":"HOLDS","null":"0.5, noise"},)j"
          R"j({"claim":"open","threshold":"above 1","measured":"","verdict":"UNDECIDED"}]},)j"
          R"j("frames":[{"model":"cnn","heading":"A net","text":"Left and right.",)j"
          R"j("code":{"file":"file.cpp","training":"descend(w)","maximization":"descend({&x})",)j"
          R"j("moving":{"training":"w","maximization":"{&x}"}},)j"));
  REQUIRE_THAT(all, Contains(R"j("tape":{"svg":"<svg/>","gradient_note":""})j"));
}
