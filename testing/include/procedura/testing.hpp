#pragma once

/// All of procedura::testing: a fixture, matchers and printers for GoogleTest and GoogleMock, and a double of
/// `procedura::Agent`.
#include <procedura/testing/agent_double.hpp>
#include <procedura/testing/agent_test.hpp>
#include <procedura/testing/client_matchers.hpp>
#include <procedura/testing/client_printers.hpp>
#include <procedura/testing/mock_matchers.hpp>
#include <procedura/testing/mock_printers.hpp>
