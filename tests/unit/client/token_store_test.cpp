#include "temporary_folder.hpp"

#include <procedura/token_store.hpp>

#include <gmock/gmock.h>
#include <sys/stat.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <thread>
#include <unistd.h>
#include <vector>

namespace procedura {
namespace {

namespace fs = std::filesystem;
using protocol::ArgsStyle;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

struct TokenStoreTest : ::testing::Test {
  void write(const fs::path& path, std::string_view content, mode_t mode = 0600) {
    fs::create_directories(path.parent_path());
    std::ofstream{path, std::ios::binary} << content;
    ASSERT_EQ(::chmod(path.c_str(), mode), 0);
  }
  static std::string read(const fs::path& path) {
    std::ifstream file{path, std::ios::binary};
    return {std::istreambuf_iterator<char>{file}, {}};
  }
  static mode_t mode(const fs::path& path) {
    struct stat status {};
    EXPECT_EQ(::stat(path.c_str(), &status), 0) << path;
    return status.st_mode & 07777U;
  }
  std::string why() {
    const auto loaded = store.load();
    if (loaded) return "it was loaded";
    EXPECT_EQ(loaded.error().code, errc::token_store);
    EXPECT_THAT(loaded.error().message, HasSubstr(file.string())) << "which file?";
    return loaded.error().message;
  }

  testing::TemporaryFolder folder;
  fs::path file = folder.path() / "home" / ".procedura" / "token";
  TokenStore store{file};
};

TEST_F(TokenStoreTest, IsWhereTheEnvironmentSays) {
  EXPECT_EQ(TokenStore::locate({"/t/token", "/home/me"}).value().path(), "/t/token");
  EXPECT_EQ(TokenStore::locate({{}, "/home/me"}).value().path(), "/home/me/.procedura/token");
  EXPECT_THAT(TokenStore::locate({}).error().message, HasSubstr("set HOME or PROCEDURA_TOKEN_FILE"));
}

TEST_F(TokenStoreTest, KeepsWhatItIsGiven) {
  EXPECT_FALSE(store.load().value());
  store.save({"tok", "ws://h:1", 1234567890123}).value();
  const SavedToken saved = store.load().value().value();
  EXPECT_EQ(saved.token, "tok");
  EXPECT_EQ(saved.origin, "ws://h:1");
  EXPECT_EQ(saved.expires, 1234567890123);
  EXPECT_THAT(saved.warnings, IsEmpty());
  EXPECT_EQ(read(file), "tok\n") << "what the published SDK reads";
}

TEST_F(TokenStoreTest, IsPrivate) {
  const mode_t before = ::umask(0);
  store.save({"tok", "ws://h:1", {}}).value();
  ::umask(before);
  EXPECT_EQ(mode(file), 0600U);
  EXPECT_EQ(mode(store.side_path()), 0600U);
  EXPECT_EQ(mode(file.parent_path()), 0700U);
}

TEST_F(TokenStoreTest, ReplacesAsAWholeAndLeavesNothingBehind) {
  write(file, "old", 0644);
  store.save({"new", {}, {}}).value();
  EXPECT_EQ(read(file), "new\n");
  EXPECT_EQ(mode(file), 0600U);
  EXPECT_EQ(std::distance(fs::directory_iterator{file.parent_path()}, {}), 2) << "no temporary file is left";
}

TEST_F(TokenStoreTest, AFailedWriteLeavesTheOldTokenAlone) {
  write(file, "old");
  fs::create_directories(store.side_path() / "in the way");
  const auto saved = store.save({"new", "ws://h:1", {}});
  ASSERT_FALSE(saved);
  EXPECT_THAT(saved.error().message, AllOf(HasSubstr("cannot replace"), HasSubstr(store.side_path().string())));
  EXPECT_EQ(read(file), "old");
  EXPECT_EQ(std::distance(fs::directory_iterator{file.parent_path()}, {}), 2) << "no temporary file is left";
}

TEST_F(TokenStoreTest, AFolderThatCannotBeMade) {
  write(folder.path() / "home", "a file");
  EXPECT_THAT(store.save({"new", {}, {}}).error().message, HasSubstr((folder.path() / "home").string()));
}

TEST_F(TokenStoreTest, FollowsALinkAndKeepsIt) {
  const fs::path real = folder.path() / "real";
  write(real, "old");
  fs::create_directories(file.parent_path());
  fs::create_symlink(real, file);
  store.save({"new", {}, {}}).value();
  EXPECT_TRUE(fs::is_symlink(file));
  EXPECT_EQ(read(real), "new\n");
}

TEST_F(TokenStoreTest, FollowsALinkToWhatIsNotThereYet) {
  fs::create_directories(file.parent_path());
  fs::create_symlink("a link", file);
  fs::create_symlink(folder.path() / "real", file.parent_path() / "a link");
  store.save({"new", "ws://h:1", {}}).value();
  EXPECT_TRUE(fs::is_symlink(file));
  EXPECT_EQ(read(folder.path() / "real"), "new\n");
  EXPECT_EQ(store.load().value()->origin, "ws://h:1");
}

TEST_F(TokenStoreTest, WhiteSpaceAroundTheTokenIsNotPartOfIt) {
  write(file, " \n\ttok\r\n ");
  EXPECT_EQ(store.load().value()->token, "tok");
  EXPECT_FALSE(store.load().value()->origin) << "a file of the published SDK has no side file";
}

TEST_F(TokenStoreTest, AFileThatOthersCanReadIsWarnedOf) {
  write(file, "tok", 0644);
  EXPECT_THAT(store.load().value()->warnings, ElementsAre(AllOf(HasSubstr(file.string()), HasSubstr("chmod 600"))));
}

TEST_F(TokenStoreTest, AnEmptyFile) {
  write(file, " \n");
  EXPECT_THAT(why(), HasSubstr("is empty"));
}

TEST_F(TokenStoreTest, AFileThatHoldsNoToken) {
  for (const char* content : {"two words", "caf\xc3\xa9", "a\r\nX-Evil: 1", "\x7f\x45\x4c\x46\x01"}) {
    write(file, content);
    EXPECT_THAT(why(), AllOf(HasSubstr("holds no token"), Not(HasSubstr(content)))) << "and it is not shown";
  }
  write(file, std::string("tok\0en", 6));
  EXPECT_THAT(why(), HasSubstr("holds no token"));
}

TEST_F(TokenStoreTest, AHugeFile) {
  write(file, std::string(1'000'000, 'x'));
  EXPECT_THAT(why(), HasSubstr("1000000 bytes"));
}

TEST_F(TokenStoreTest, AFolder) {
  fs::create_directories(file);
  EXPECT_THAT(why(), HasSubstr("is a folder"));
}

TEST_F(TokenStoreTest, AFifoIsNotWaitedFor) {
  fs::create_directories(file.parent_path());
  ASSERT_EQ(::mkfifo(file.c_str(), 0600), 0);
  EXPECT_THAT(why(), HasSubstr("no regular file"));
}

TEST_F(TokenStoreTest, AFileThatCannotBeRead) {
  fs::create_directories(file.parent_path());
  fs::create_symlink(file, file);  // also for root
  EXPECT_THAT(why(), HasSubstr("cannot read"));
}

TEST_F(TokenStoreTest, RemovesTheTokenAndForgetsItsOrigin) {
  EXPECT_FALSE(store.remove().value());
  EXPECT_FALSE(fs::exists(file.parent_path())) << "nothing is made to remove nothing";
  store.save({"tok", "ws://h:1", 5}).value();
  store.remember_args_style("ws://h:1", ArgsStyle::bare).value();
  EXPECT_TRUE(store.remove().value());
  EXPECT_FALSE(fs::exists(file));
  write(file, "of-another-program");
  EXPECT_FALSE(store.load().value()->origin);
  EXPECT_EQ(store.args_style("ws://h:1"), ArgsStyle::bare);
}

// The published SDK keeps its token in the same file and knows nothing of ours beside it.
TEST_F(TokenStoreTest, WhatIsKnownOfATokenIsNotTakenForAnotherOneInItsPlace) {
  store.save({"tok", "ws://a:1", 5}).value();
  write(file, "of-another-program\n");
  EXPECT_EQ(store.load().value()->token, "of-another-program");
  EXPECT_FALSE(store.load().value()->origin);
  EXPECT_FALSE(store.load().value()->expires);
  write(file, " tok \n");
  EXPECT_EQ(store.load().value()->origin, "ws://a:1");
}

TEST_F(TokenStoreTest, ATokenIsNeverWithoutItsOriginWhileAnotherOneReplacesIt) {
  store.save({"tok-a", "ws://a:1", 5}).value();
  store.save({"tok-b", "ws://b:1", 6}).value();
  EXPECT_EQ(store.load().value()->origin, "ws://b:1");
  write(file, "tok-a\n");  // as it is between the two writes of the second `save`
  EXPECT_EQ(store.load().value()->origin, "ws://a:1");
  EXPECT_EQ(store.load().value()->expires, 5);
}

TEST_F(TokenStoreTest, ASideFileDoesNotRepeatTheToken) {
  store.save({"tok-4711", "ws://a:1", 5}).value();
  EXPECT_THAT(read(store.side_path()), Not(HasSubstr("tok-4711")));
}

TEST_F(TokenStoreTest, RemovesTheTokenThatALinkPointsAt) {
  const fs::path real = folder.path() / "real";
  fs::create_directories(file.parent_path());
  fs::create_symlink(real, file);
  write(real, "tok");
  EXPECT_TRUE(store.remove().value());
  EXPECT_FALSE(fs::exists(real)) << "where the token is";
  EXPECT_FALSE(store.load().value());
}

TEST_F(TokenStoreTest, RemembersTheStyleOfEachOrigin) {
  EXPECT_FALSE(store.args_style("ws://a:1"));
  store.remember_args_style("ws://a:1", ArgsStyle::bare).value();
  store.remember_args_style("ws://b:1", ArgsStyle::module_first).value();
  store.save({"tok", "ws://a:1", {}}).value();
  EXPECT_EQ(store.args_style("ws://a:1"), ArgsStyle::bare);
  EXPECT_EQ(store.args_style("ws://b:1"), ArgsStyle::module_first);
  EXPECT_FALSE(store.args_style("ws://c:1"));
}

// Several at once, as several processes would: what is read, changed and written back must not take back what another one
// wrote.
TEST_F(TokenStoreTest, NoStyleIsLostAmongWritersAtOnce) {
  constexpr int writers = 6;
  constexpr int origins = 6;
  std::vector<std::thread> threads;
  for (int writer = 0; writer < writers; ++writer) {
    threads.emplace_back([this, writer] {
      const TokenStore own{file};
      for (int i = 0; i < origins; ++i) {
        const std::string origin = "ws://h" + std::to_string(writer) + ":" + std::to_string(i + 1);
        own.remember_args_style(origin, ArgsStyle::bare).value();
        own.save({"tok-" + origin.substr(5), origin, i}).value();
      }
    });
  }
  std::atomic<bool> over{false};
  std::thread reader{[&] {
    while (!over) {
      const auto saved = store.load().value();
      if (!saved) continue;
      EXPECT_EQ(saved->origin, "ws://" + saved->token.substr(4)) << "a token without its own origin";
    }
  }};
  for (auto& thread : threads) thread.join();
  over = true;
  reader.join();
  for (int writer = 0; writer < writers; ++writer) {
    for (int i = 0; i < origins; ++i) {
      EXPECT_EQ(store.args_style("ws://h" + std::to_string(writer) + ":" + std::to_string(i + 1)), ArgsStyle::bare);
    }
  }
  EXPECT_EQ(std::distance(fs::directory_iterator{file.parent_path()}, {}), 2) << "no temporary file and no lock is left";
}

TEST_F(TokenStoreTest, WhatAKilledWriterLeftIsTakenAway) {
  for (const char* rest : {".new", ".meta.json.new", ".lock"}) write(file.string() + rest, "half a to");
  store.save({"tok", "ws://h:1", {}}).value();
  EXPECT_EQ(store.load().value()->origin, "ws://h:1");
  EXPECT_EQ(std::distance(fs::directory_iterator{file.parent_path()}, {}), 2);
}

TEST_F(TokenStoreTest, AFileThatAnotherOnePreparedIsNotWrittenTo) {
  const fs::path victim = folder.path() / "victim";
  write(victim, "precious");
  fs::create_directories(file.parent_path());
  fs::create_symlink(victim, file.string() + ".new");
  store.save({"tok", "ws://h:1", {}}).value();
  EXPECT_EQ(read(victim), "precious");
  fs::create_symlink(victim, file.string() + ".lock");
  EXPECT_THAT(store.save({"tok", {}, {}}).error().message, AllOf(HasSubstr("cannot lock"), HasSubstr(file.string())));
  EXPECT_EQ(read(victim), "precious");
}

TEST_F(TokenStoreTest, ABrokenSideFileIsNoHindrance) {
  for (const std::string& content :
       {std::string{"{"}, std::string{"[]"},
        std::string{R"({"tokens":{"6267241675612331965":{"origin":5,"expires":"x"}},"args_styles":[1]})"},
        std::string{R"({"args_styles":{"ws://a:1":"odd"}})"}, std::string{R"({"tokens":1e999})"},
        std::string{R"({"tokens":[1]})"}, std::string(500'000, '['), std::string{"\xff\xfe"}}) {
    write(file, "tok");
    write(store.side_path(), content);
    const SavedToken saved = store.load().value().value();
    EXPECT_EQ(saved.token, "tok");
    EXPECT_FALSE(saved.origin);
    EXPECT_FALSE(store.args_style("ws://a:1"));
    store.remember_args_style("ws://a:1", ArgsStyle::bare).value();
    EXPECT_EQ(store.args_style("ws://a:1"), ArgsStyle::bare);
  }
}

TEST_F(TokenStoreTest, KeepsNoTokenThatCouldNotBeSent) {
  EXPECT_EQ(store.save({"a b", {}, {}}).error().code, errc::invalid_token);
  EXPECT_FALSE(fs::exists(file));
}

struct Move {
  const char* from;
  const char* to;
  bool allowed;
};

class MaySend : public ::testing::TestWithParam<Move> {};

TEST_P(MaySend, FollowsTheRecordedOrigin) {
  const auto allowed = may_send(std::string{GetParam().from}, Endpoint::parse(GetParam().to).value());
  EXPECT_EQ(allowed ? errc::ok : allowed.error().code, GetParam().allowed ? errc::ok : errc::wrong_origin);
}

INSTANTIATE_TEST_SUITE_P(Each, MaySend,
                         ::testing::Values(Move{"ws://a:1", "ws://a:1", true}, Move{"ws://a:1", "ws://a:2", true},
                                           Move{"ws://a:1", "wss://a", true}, Move{"wss://a:443", "ws://a:443", false},
                                           Move{"ws://a:1", "ws://b:1", false}, Move{"ws://a:1", "ws://a.b:1", false},
                                           Move{"ws://127.0.0.1:1", "ws://localhost:1", true},
                                           Move{"ws://[::1]:1", "ws://127.0.0.1:1", true},
                                           Move{"wss://localhost:1", "ws://127.0.0.1:1", false},
                                           Move{"ws://a:1", "ws://127.0.0.1:1", false}, Move{"garbage", "ws://a:1", false}));

TEST(MaySendAnywhere, WithoutARecordedOrigin) {
  EXPECT_TRUE(may_send(std::nullopt, Endpoint::parse("ws://anywhere.example").value()));
}

}  // namespace
}  // namespace procedura
