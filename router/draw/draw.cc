#include "router/draw/draw.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/string_view.h"
#include "geo/local_plane.h"

namespace spoor {
namespace {

// The page, in pixels: the map on the left, the legend on the right.
constexpr double kWidth = 1030, kMapWidth = 700, kTop = 64, kMinMapHeight = 360,
                 kMaxMapHeight = 760;
constexpr double kMargin = 28;   // of the map, around the lines
constexpr double kStepPx = 2.5;  // nearer positions are one
constexpr double kArrowEveryPx = 130;
constexpr double kBesidePx = 3;         // between neighbouring hits
constexpr double kWidestBesidePx = 36;  // of all hits together
constexpr size_t kCalmSteps = 3;        // each way
constexpr size_t kHeadingSteps = 6;     // each way, to tell where a line is heading
constexpr size_t kLegendRows = 20;
constexpr double kLegendRowPx = 24;
constexpr double kSmallestMapM = 50;  // of a map of trips that stand still

constexpr char kStyle[] = R"(<style>
  text { font: 13px system-ui, -apple-system, "Segoe UI", "DejaVu Sans", sans-serif; fill: #1d2733 }
  .title { font-size: 19px; font-weight: 600 }
  .quiet { fill: #66717d; font-size: 12px }
  .page { fill: #ffffff }
  .map { fill: #f4f6f8 }
  .grid { stroke: #e1e6eb; stroke-width: 1 }
  .scale { stroke: #1d2733; stroke-width: 2 }
  path { fill: none; stroke-linecap: round; stroke-linejoin: round }
  .query { stroke: #1d2733; stroke-opacity: .15; stroke-width: 15 }
  .begin { fill: #ffffff; stroke: #1d2733; stroke-width: 2.5 }
  .end { fill: #1d2733 }
  .hit { stroke-width: 2; stroke-opacity: .85 }
  .back { stroke-dasharray: 7 5 }
  @media (prefers-color-scheme: dark) {
    text, .end { fill: #e6ebf0 }
    .quiet { fill: #93a0ad }
    .page { fill: #12171d }
    .map { fill: #1a2129 }
    .grid { stroke: #26303a }
    .scale { stroke: #e6ebf0 }
    .query { stroke: #ffffff; stroke-opacity: .2 }
    .begin { fill: #12171d; stroke: #e6ebf0 }
  }
</style>
)";

struct Pixel {
  double x = 0, y = 0;
};
using Line = std::vector<Pixel>;

double Distance(Pixel a, Pixel b) { return std::hypot(a.x - b.x, a.y - b.y); }

std::string Escape(absl::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        if (static_cast<unsigned char>(c) >= 0x20) out += c;
    }
  }
  return out;
}

// Text of at most so many characters.
std::string Shorten(absl::string_view text, size_t characters) {
  size_t seen = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    const bool begins = (static_cast<unsigned char>(text[i]) & 0xC0) != 0x80;
    if (begins && ++seen > characters) return absl::StrCat(text.substr(0, i), "\u2026");
  }
  return std::string(text);
}

// Red for the best, over yellow and green to violet for the last: of middle lightness, so
// that all stand out on white and on black.
std::string RankColour(size_t rank, size_t of) {
  static constexpr std::array<std::array<double, 3>, 6> kStops = {{{209, 60, 80},
                                                                   {230, 150, 40},
                                                                   {90, 165, 95},
                                                                   {0, 140, 150},
                                                                   {55, 110, 185},
                                                                   {140, 80, 170}}};
  const double at =
      of < 2 ? 0 : static_cast<double>(rank) / static_cast<double>(of - 1) * (kStops.size() - 1);
  const size_t stop = std::min(static_cast<size_t>(at), kStops.size() - 2);
  std::array<int, 3> rgb{};
  for (size_t i = 0; i < 3; ++i) {
    const double mixed = kStops[stop][i] +
                         (kStops[stop + 1][i] - kStops[stop][i]) * (at - static_cast<double>(stop));
    rgb[i] = static_cast<int>(std::lround(mixed));
  }
  return absl::StrFormat("#%02x%02x%02x", rgb[0], rgb[1], rgb[2]);
}

// From fixes to pixels: a plane around the middle of everything that is drawn, scaled to fill the
// map.
class Map {
 public:
  explicit Map(const Picture& picture) : plane_(Origin(picture)) {
    std::vector<PlanePoint> all = plane_.Project(picture.query.fixes);
    for (const DrawnTrip& hit : picture.hits) {
      const std::vector<PlanePoint> points = plane_.Project(hit.fixes);
      all.insert(all.end(), points.begin(), points.end());
    }
    if (all.empty()) all.push_back({});
    PlanePoint low = all[0], high = all[0];
    for (const PlanePoint& p : all) {
      low = {std::min(low.x_m, p.x_m), std::min(low.y_m, p.y_m)};
      high = {std::max(high.x_m, p.x_m), std::max(high.y_m, p.y_m)};
    }
    const double width_m = std::max(high.x_m - low.x_m, kSmallestMapM);
    const double height_m = std::max(high.y_m - low.y_m, kSmallestMapM);
    px_per_m_ =
        std::min((kMapWidth - 2 * kMargin) / width_m, (kMaxMapHeight - 2 * kMargin) / height_m);
    height_ = std::max(kMinMapHeight, height_m * px_per_m_ + 2 * kMargin);
    middle_ = {(low.x_m + high.x_m) / 2, (low.y_m + high.y_m) / 2};
  }

  double height() const { return height_; }
  double px_per_m() const { return px_per_m_; }

  Line ToLine(const std::vector<Fix>& fixes) const {
    Line line;
    for (size_t i = 0; i < fixes.size(); ++i) {
      const PlanePoint p = plane_.Project(fixes[i]);
      const Pixel pixel{kMapWidth / 2 + (p.x_m - middle_.x_m) * px_per_m_,
                        kTop + height_ / 2 - (p.y_m - middle_.y_m) * px_per_m_};
      const bool last = i + 1 == fixes.size();
      if (line.empty() || last || Distance(line.back(), pixel) >= kStepPx) line.push_back(pixel);
    }
    return line;
  }

 private:
  static Fix Origin(const Picture& picture) {
    const std::vector<Fix>& fixes = picture.query.fixes;
    return fixes.empty() ? Fix{} : fixes[fixes.size() / 2];
  }

  LocalPlane plane_;
  PlanePoint middle_;
  double px_per_m_ = 1, height_ = kMinMapHeight;
};

// The line without the tremble of its fixes: means of neighbours.  The ends stay.
Line Calm(const Line& line) {
  Line calm = line;
  for (size_t i = 1; i + 1 < line.size(); ++i) {
    const size_t reach = std::min({kCalmSteps, i, line.size() - 1 - i});
    Pixel sum;
    for (size_t j = i - reach; j <= i + reach; ++j) sum = {sum.x + line[j].x, sum.y + line[j].y};
    const auto count = static_cast<double>(2 * reach + 1);
    calm[i] = {sum.x / count, sum.y / count};
  }
  return calm;
}

// The line moved sideways, to the right of where it is heading.
Line Beside(const Line& line, double right_px) {
  Line moved(line.size());
  for (size_t i = 0; i < line.size(); ++i) {
    const Pixel from = line[i >= kHeadingSteps ? i - kHeadingSteps : 0];
    const Pixel to = line[std::min(i + kHeadingSteps, line.size() - 1)];
    const double length = std::max(Distance(from, to), 1e-9);
    moved[i] = {line[i].x - (to.y - from.y) / length * right_px,
                line[i].y + (to.x - from.x) / length * right_px};
  }
  return moved;
}

// 1, 2 or 5 times a power of ten, at most `limit`.
double NiceLength(double limit) {
  const double power = std::pow(10, std::floor(std::log10(limit)));
  for (const double times : {5.0, 2.0}) {
    if (times * power <= limit) return times * power;
  }
  return power;
}

class Drawing {
 public:
  explicit Drawing(const Picture& picture) : picture_(picture), map_(picture) {
    const double legend =
        kLegendRowPx * static_cast<double>(std::min(picture.hits.size(), kLegendRows + 1) + 4);
    height_ = kTop + std::max(map_.height(), legend) + 16;
  }

  std::string Finish() && {
    Head();
    Grid();
    out_ += "<g clip-path=\"url(#map)\">\n";
    Query();
    for (size_t i = picture_.hits.size(); i-- > 0;) Hit(i);  // the best on top
    Ends();
    out_ += "</g>\n";
    ScaleBar();
    Legend();
    out_ += "</svg>\n";
    return std::move(out_);
  }

 private:
  void Head() {
    absl::StrAppendFormat(
        &out_,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %.0f %.0f\" width=\"%.0f\" "
        "height=\"%.0f\" role=\"img\">\n<title>%s</title>\n",
        kWidth, height_, kWidth, height_, Escape(picture_.title));
    out_ += kStyle;
    absl::StrAppendFormat(&out_, "<rect class=\"page\" width=\"%.0f\" height=\"%.0f\"/>\n", kWidth,
                          height_);
    absl::StrAppendFormat(
        &out_,
        "<clipPath id=\"map\"><rect x=\"0\" y=\"%.0f\" width=\"%.0f\" "
        "height=\"%.0f\"/></clipPath>\n"
        "<rect class=\"map\" x=\"0\" y=\"%.0f\" width=\"%.0f\" height=\"%.0f\"/>\n",
        kTop, kMapWidth, map_.height(), kTop, kMapWidth, map_.height());
    Text(kMargin, 28, "title", Shorten(picture_.title, 80));
    Text(kMargin, 49, "quiet", Shorten(picture_.subtitle, 130));
  }

  void Text(double x, double y, absl::string_view style, absl::string_view text) {
    absl::StrAppendFormat(&out_, "<text x=\"%.1f\" y=\"%.1f\"", x, y);
    if (!style.empty()) absl::StrAppendFormat(&out_, " class=\"%s\"", style);
    absl::StrAppend(&out_, ">", Escape(text), "</text>\n");
  }

  void Path(const Line& line, absl::string_view style, absl::string_view colour) {
    absl::StrAppendFormat(&out_, "<path class=\"%s\"", style);
    if (!colour.empty()) absl::StrAppendFormat(&out_, " stroke=\"%s\"", colour);
    out_ += " d=\"";
    Pixel last;  // as written, so that rounding does not add up
    for (size_t i = 0; i < line.size(); ++i) {
      const Pixel step{std::round((line[i].x - last.x) * 10) / 10,
                       std::round((line[i].y - last.y) * 10) / 10};
      absl::StrAppend(&out_,
                      i == 0   ? "M"
                      : i == 1 ? "l"
                               : " ",
                      step.x, step.y < 0 ? "" : ",", step.y);
      last = {last.x + step.x, last.y + step.y};
    }
    out_ += "\"/>\n";
  }

  // Every unit of the scale bar.
  void Grid() {
    const double step = unit_m() * map_.px_per_m();
    for (double x = kMargin; x < kMapWidth; x += step)
      GridLine({x, kTop}, {x, kTop + map_.height()});
    for (double y = kTop + map_.height() - kMargin; y > kTop; y -= step)
      GridLine({0, y}, {kMapWidth, y});
  }
  void GridLine(Pixel a, Pixel b) {
    absl::StrAppendFormat(
        &out_, "<line class=\"grid\" x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\"/>\n", a.x, a.y,
        b.x, b.y);
  }
  double unit_m() const { return NiceLength(kMapWidth / 4 / map_.px_per_m()); }

  void Query() {
    const Line line = map_.ToLine(picture_.query.fixes);
    if (!line.empty()) Path(Calm(line), "query", "");
  }

  void Ends() {
    const Line line = map_.ToLine(picture_.query.fixes);
    if (line.empty()) return;
    Circle(line.front(), "begin");
    Circle(line.back(), "end");
  }
  void Circle(Pixel at, absl::string_view style) {
    absl::StrAppendFormat(&out_, "<circle class=\"%s\" cx=\"%.1f\" cy=\"%.1f\" r=\"6\"/>\n", style,
                          at.x, at.y);
  }

  // Trips over the same streets would hide each other: the best is drawn where it is, the next ones
  // in turn to its right and left.
  double BesidePx(size_t i) const {
    const auto hits = static_cast<double>(picture_.hits.size());
    const double px =
        std::min(kBesidePx, kWidestBesidePx / hits) *
        static_cast<double>((i + 1) / 2);  // NOLINT(bugprone-integer-division): of whole ways
    return (i % 2 == 1) == picture_.hits[i].opposite ? -px : px;
  }

  void Hit(size_t i) {
    const DrawnTrip& hit = picture_.hits[i];
    const Line line = Beside(Calm(map_.ToLine(hit.fixes)), BesidePx(i));
    if (line.empty()) return;
    const std::string colour = RankColour(i, picture_.hits.size());
    absl::StrAppend(&out_, "<g><title>", i + 1, ". ", Escape(hit.id), "</title>\n");
    Path(line, hit.opposite ? "hit back" : "hit", colour);
    // Arrows of different hits stand at different places.
    const double shift = static_cast<double>(i % 7) / 7;
    double since = kArrowEveryPx * (0.5 - shift);
    for (size_t j = 1; j < line.size(); ++j) {
      since += Distance(line[j - 1], line[j]);
      if (since < kArrowEveryPx) continue;
      since = 0;
      Arrow(line[j >= 4 ? j - 4 : 0], line[j], colour);
    }
    out_ += "</g>\n";
  }

  void Arrow(Pixel from, Pixel to, absl::string_view colour) {
    const double turn = std::atan2(to.y - from.y, to.x - from.x) * 180 / M_PI;
    absl::StrAppendFormat(&out_,
                          "<polygon points=\"6,0 -5,-4.5 -5,4.5\" fill=\"%s\" "
                          "transform=\"translate(%.1f %.1f) rotate(%.0f)\"/>\n",
                          colour, to.x, to.y, turn);
  }

  void ScaleBar() {
    const double y = kTop + map_.height() - 14;
    const double length = unit_m() * map_.px_per_m();
    absl::StrAppendFormat(&out_, "<path class=\"scale\" d=\"M%.1f,%.1fv5h%.1fv-5\"/>\n", kMargin,
                          y - 5, length);
    const double unit = unit_m();
    Text(kMargin + length + 8, y + 1, "quiet",
         unit >= 1000 ? absl::StrCat(unit / 1000, " km") : absl::StrCat(unit, " m"));
  }

  void Legend() {
    const double x = kMapWidth + 24;
    double y = kTop + 18;
    absl::StrAppendFormat(&out_, "<path class=\"query\" d=\"M%.1f,%.1fh18\"/>\n", x + 3, y - 4);
    Text(x + 36, y, "", Shorten(picture_.query.id.empty() ? "query" : picture_.query.id, 26));
    y += 16;
    Text(x + 36, y, "quiet", "query: from \u25cb to \u25cf, hits side by side");
    for (size_t i = 0; i < std::min(picture_.hits.size(), kLegendRows); ++i)
      LegendRow(i, x, y += kLegendRowPx);
    if (picture_.hits.size() > kLegendRows) {
      Text(x + 36, y + kLegendRowPx, "quiet",
           absl::StrCat("and ", picture_.hits.size() - kLegendRows, " more"));
    }
  }

  void LegendRow(size_t i, double x, double y) {
    const DrawnTrip& hit = picture_.hits[i];
    absl::StrAppendFormat(&out_, "<path class=\"hit%s\" stroke=\"%s\" d=\"M%.1f,%.1fh24\"/>\n",
                          hit.opposite ? " back" : "", RankColour(i, picture_.hits.size()), x,
                          y - 4);
    Text(x + 36, y, "",
         absl::StrCat(i + 1, ". ", Shorten(hit.id, 16), hit.opposite ? " \u21c4" : ""));
    if (hit.score) Number(kWidth - 80, y, absl::StrFormat("%.3f", *hit.score));
    if (hit.distance_m) Number(kWidth - 16, y, absl::StrFormat("%.1f m", *hit.distance_m));
  }

  void Number(double right, double y, absl::string_view text) {
    absl::StrAppendFormat(
        &out_, "<text class=\"quiet\" text-anchor=\"end\" x=\"%.1f\" y=\"%.1f\">%s</text>\n", right,
        y, text);
  }

  const Picture& picture_;
  const Map map_;
  double height_ = 0;
  std::string out_;
};

}  // namespace

std::string DrawSvg(const Picture& picture) { return Drawing(picture).Finish(); }

}  // namespace spoor
