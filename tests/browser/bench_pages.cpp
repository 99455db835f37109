// Writes the pages of runs that never were into a folder, for a browser to look at: bench_pages FOLDER.
#include "bench_samples.hpp"

#include <cstdlib>
#include <exception>
#include <fstream>
#include <iostream>
#include <stdexcept>
#include <string>

namespace {

using namespace procedura::bench;

void write(const std::string& path, const std::string& text) {
  std::ofstream file{path, std::ios::binary};
  if (!(file << text << std::flush)) throw std::runtime_error{"cannot write " + path};
}

void write(const std::string& folder, const std::string& name, const RunRecord& run) {
  write(folder + "/" + name + ".html", html_report(run, judge(run.plan, run.result)));
}

void write(const std::string& folder, const std::string& name, const ComparisonRecord& comparison) {
  write(folder + "/" + name + ".html", html_report(comparison, judge(comparison)));
}

}  // namespace

int main(int count, char** arguments) try {
  if (count != 2) throw std::runtime_error{"say which folder"};
  const std::string folder = arguments[1];
  write(folder, "whole", samples::whole_run());
  write(folder, "small", samples::small_run());
  write(folder, "bare", samples::bare_run());
  write(folder, "empty", samples::empty_run());
  write(folder, "late", samples::late_run());
  write(folder, "one", samples::one_job_run());
  write(folder, "hostile", samples::hostile_run());
  write(folder, "slower", samples::slower_comparison());
  write(folder, "lopsided", samples::lopsided_comparison());
  write(folder, "hostile_comparison", samples::hostile_comparison());
  return EXIT_SUCCESS;
} catch (const std::exception& error) {
  std::cerr << "bench_pages: " << error.what() << '\n';
  return EXIT_FAILURE;
}
