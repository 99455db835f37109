#include "program/report_command.hpp"

#include "program/arguments.hpp"
#include "program/input_files.hpp"
#include "program/output_files.hpp"
#include "program/reports.hpp"

#include <utility>

namespace procedura::bench {
namespace {

constexpr std::string_view help = R"(Examples:
  procedura-bench report run.json
  procedura-bench report run.json --html run.html --hdr run.hlog

Usage: procedura-bench report FILE [options]

Shows the report of a run again, from the JSON that 'run --out' or 'merge --out' wrote, and writes it in other forms.

  --html FILE    the report as one page
  --hdr FILE     the histograms second by second (.hlog), or the percentiles of the response (.hgrm)

Exit codes: 0 shown, whatever the verdict was; 1 could not read or write; 2 usage.
)";

int report(std::span<const std::string> words, Process& process) try {
  Outputs out;
  std::vector<std::string> files;
  Arguments arguments{"report"};
  arguments.take("--html", out.html);
  arguments.take("--hdr", out.hdr);
  arguments.take_words(files);
  arguments.read(words);
  if (files.size() != 1) refuse("which report? name one file, which 'run --out' or 'merge --out' wrote");
  check_outputs(out, {{"report", files.front()}});
  write_reports(process, read_run_file(files.front()), out, {});
  return 0;
} catch (UsageError& error) {
  throw Refused{bad_usage, std::move(error.message)};
}

}  // namespace

Command report_command() {
  return {"report", "show the report of a run again, and write it in other forms", help, report};
}

}  // namespace procedura::bench
