// The pool runs what is posted, each context on one thread of its own.
#include "common/runtime/core_pool.hpp"

#include <boost/asio/post.hpp>
#include <catch2/catch.hpp>
#include <future>

using acq::runtime::CorePool;

TEST_CASE("each context runs on a thread of its own until released") {
  CorePool pool(2);
  std::promise<std::thread::id> ids[2];
  for (std::size_t core = 0; core < 2; ++core) {
    boost::asio::post(pool.context(core), [&ids, core] { ids[core].set_value(std::this_thread::get_id()); });
  }
  pool.start();
  const auto first = ids[0].get_future().get();
  const auto second = ids[1].get_future().get();
  CHECK(first != second);
  CHECK(first != std::this_thread::get_id());
  pool.release();
  pool.join();
}

TEST_CASE("a pool that still has work is stopped by its destructor") {
  CorePool pool(1);
  pool.start();
}
