#include <procedura/error.hpp>
#include <procedura/protocol/redaction.hpp>

#include <utility>

namespace procedura {

Failure Failure::of(errc code, std::string message) {
  Failure failure;
  failure.code = code;
  failure.message = std::move(message);
  failure.agent_code = code_name(code);
  return failure;
}

Failure Failure::from(protocol::Outcome outcome) {
  Failure failure;
  failure.code = outcome.code;
  failure.message = outcome.reply.message();
  failure.agent_code = outcome.reply.code();
  failure.frame = std::move(outcome.reply.text);
  failure.job_id = std::move(outcome.job_id);
  return failure;
}

std::string describe(const Failure& failure) {
  const std::string message = failure.message.empty() ? std::string{describe(failure.code)} : failure.message;
  return protocol::printable(failure.agent_code.empty() ? message : failure.agent_code + ": " + message);
}

Error::Error(Failure failure) : std::runtime_error{describe(failure)}, failure_{std::move(failure)} {}

void throw_exception_from_error(const Failure& failure, const boost::source_location& /*where*/) {
  throw Error{failure};
}

}  // namespace procedura
