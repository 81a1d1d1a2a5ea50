#include "maximize/report/run_report.h"

#include <cmath>
#include <nlohmann/json.hpp>

namespace gradus {
namespace {

using Json = nlohmann::ordered_json;

std::string text(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

template <class T, class ToJson>
Json list(const std::vector<T>& all, ToJson to_json) {
  Json array = Json::array();
  for (const T& one : all) array.push_back(to_json(one));
  return array;
}

std::string hash_text(std::uint64_t hash) {
  std::string digits(16, '0');
  for (std::size_t i = 16; i-- > 0; hash >>= 4) digits[i] = "0123456789abcdef"[hash & 15U];
  return digits;
}

Json to_json(const GreyImage& image) {
  Json j = {{"w", image.width}, {"h", image.height}, {"data", base64(image.values)}};
  if (!image.caption.empty()) j["caption"] = image.caption;
  return j;
}

Json to_json(const Sheet& sheet) {
  Json j = {{"images", list(sheet.images, [](const GreyImage& i) { return to_json(i); })}};
  if (!sheet.caption.empty()) j["caption"] = sheet.caption;
  if (!sheet.black.empty() || !sheet.white.empty()) j["scale"] = {{"black", sheet.black}, {"white", sheet.white}};
  return j;
}

Json to_json(const RecordedVector& v) {
  return {{"activation", v.activation}, {"nearest", list(v.nearest, [](const NearToken& n) {
                                           return Json{{"token", n.token}, {"cosine", n.cosine}};
                                         })}};
}

Json to_json(const Scene& m) {
  Json j = {{"step", m.step}, {"caption", m.caption}, {"hash", hash_text(m.hash)}};
  if (!m.predictions.empty())
    j["predictions"] = list(m.predictions, [](const Prediction& p) {
      return Json{{"said", p.said}, {"share", p.share}, {"right", p.right}};
    });
  if (!m.sheets.empty()) j["sheets"] = list(m.sheets, [](const Sheet& s) { return to_json(s); });
  if (!m.samples.empty()) j["samples"] = m.samples;
  if (!m.vectors.empty()) j["tokens"] = list(m.vectors, [](const RecordedVector& v) { return to_json(v); });
  return j;
}

Json to_json(const RecordedLeaf& leaf) {
  return {{"name", leaf.name}, {"hash_before", hash_text(leaf.before)}, {"hash_after", hash_text(leaf.after)}};
}

Json to_json(const Claim& c) {
  Json j = {{"claim", c.claim}, {"threshold", c.threshold}, {"measured", c.measured}, {"verdict", name(c.outcome)}};
  if (!c.null.empty()) j["null"] = c.null;
  return j;
}

Json to_json(const Level& l) {
  return {{"label", l.label}, {"value", l.value}};
}

Json to_json(const RunReport& r) {
  Json j = {{"moving", to_json(r.moving)},
            {"locked", to_json(r.locked)},
            {"quantity", r.quantity},
            {"steps", r.steps},
            {"values", r.values},
            {"lines", list(r.levels,
                           [](const Level& l) {
                             return Json{{"label", l.label}, {"value", l.value}};
                           })},
            {"snapshots", list(r.scenes, [](const Scene& m) { return to_json(m); })},
            {"result", r.result}};
  if (!r.unit.empty()) j["unit"] = r.unit;
  if (!r.probes.images.empty()) j["probes"] = to_json(r.probes);
  if (!r.exemplars.images.empty()) j["exemplars"] = to_json(r.exemplars);
  if (!r.exemplar_texts.empty())
    j["exemplars"] = {{"caption", r.exemplars.caption},
                      {"texts", list(r.exemplar_texts, [](const TokenInText& t) {
                         return Json{{"before", t.before}, {"token", t.token}, {"after", t.after}, {"value", t.value}};
                       })}};
  if (!r.scores.empty()) j["scores"] = list(r.scores, [](const Level& l) { return to_json(l); });
  if (std::isfinite(r.null_cosine)) j["null_cosine"] = r.null_cosine;
  return j;
}

Json to_json(const TwoRuns& m) {
  return {{"model", m.model},
          {"heading", m.heading},
          {"text", m.text},
          {"code",
           {{"file", m.code.file},
            {"training", m.code.training},
            {"maximization", m.code.maximization},
            {"moving", {{"training", m.code.training_moves}, {"maximization", m.code.maximization_moves}}}}},
          {"training", to_json(m.training)},
          {"maximization", to_json(m.maximization)},
          {"tape", {{"svg", m.drawing}, {"gradient_note", m.drawing_note}}}};
}

}  // namespace

std::string json(const RunReport& report) {
  return text(to_json(report));
}

std::string json(const PageData& page) {
  Json settings = Json::array(), claims = Json::array();
  for (const TwoRuns& model : page.models)
    for (const RunReport* run : {&model.training, &model.maximization}) {
      for (const SettingText& s : run->settings) settings.push_back({{"name", s.name}, {"value", s.value}});
      for (const Claim& c : run->claims) claims.push_back(to_json(c));
    }
  return text({{"title", {{"heading", page.heading}, {"sentence", page.sentence}}},
               {"meta",
                {{"command", page.command},
                 {"seed", page.seed},
                 {"threads", page.threads},
                 {"seconds", std::round(10 * page.seconds) / 10},
                 {"version", page.version},
                 {"settings", settings},
                 {"verdicts", claims}}},
               {"frames", list(page.models, [](const TwoRuns& m) { return to_json(m); })}});
}

}  // namespace gradus
