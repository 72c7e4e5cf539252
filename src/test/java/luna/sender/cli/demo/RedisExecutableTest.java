package luna.sender.cli.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class RedisExecutableTest {
  @ParameterizedTest
  @CsvSource({
    "Linux, amd64, redis-server-7.0.15-linux-amd64",
    "Linux, aarch64, redis-server-7.0.15-linux-arm64",
    "Linux, i386, redis-server-7.0.15-linux-386",
    "Mac OS X, x86_64, redis-server-7.0.15-darwin-amd64",
    "Mac OS X, aarch64, redis-server-7.0.15-darwin-arm64",
  })
  void executablesOfAllSupportedPlatformsArePacked(String system, String processor, String name) {
    assertThat(RedisExecutable.resource(system, processor)).isEqualTo(name);
    assertThat(RedisExecutable.class.getClassLoader().getResource(name)).isNotNull();
  }

  @ParameterizedTest
  @CsvSource({"Windows 11, amd64", "Linux, riscv64", "Mac OS X, ppc"})
  void unsupportedPlatformIsReportedWithASolution(String system, String processor) {
    assertThatThrownBy(() -> RedisExecutable.resource(system, processor))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageStartingWith("redis-server: none is packed for " + system + " " + processor)
        .hasMessageContaining("Linux on amd64, arm64 or 386, or macOS")
        .hasMessageContaining("EMBEDDED_REDIS_EXECUTABLE");
  }
}
