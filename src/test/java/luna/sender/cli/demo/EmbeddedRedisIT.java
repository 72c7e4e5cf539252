package luna.sender.cli.demo;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vertx.core.Vertx;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Redis;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class EmbeddedRedisIT {
  private Vertx vertx;

  @BeforeEach
  void startVertx() {
    vertx = Vertx.vertx();
  }

  @AfterEach
  void stopVertx() throws Exception {
    vertx.close().await(10, SECONDS);
  }

  @Test
  void serverListensOnLoopbackOnlyAndPersistsNothing() throws Exception {
    try (EmbeddedRedis redis = EmbeddedRedis.start()) {
      assertThat(ask(redis, Request.cmd(Command.PING))).hasToString("PONG");
      assertThat(setting(redis, "bind")).isEqualTo("127.0.0.1");
      assertThat(setting(redis, "save")).isEmpty();
      assertThat(setting(redis, "appendonly")).isEqualTo("no");
    }
  }

  @Test
  void twoServersAreIndependent() throws Exception {
    try (EmbeddedRedis one = EmbeddedRedis.start();
        EmbeddedRedis other = EmbeddedRedis.start()) {
      ask(one, Request.cmd(Command.SET).arg("key").arg("value"));
      assertThat(ask(one, Request.cmd(Command.GET).arg("key"))).hasToString("value");
      assertThat(ask(other, Request.cmd(Command.GET).arg("key"))).isNull();
    }
  }

  @Test
  void killedServerRestartsOnItsPort() throws Exception {
    try (EmbeddedRedis killed = EmbeddedRedis.start()) {
      killed.kill();
      assertThat(ProcessHandle.of(killed.pid())).isEmpty();
      try (EmbeddedRedis restarted = EmbeddedRedis.start(killed.port())) {
        assertThat(restarted.port()).isEqualTo(killed.port());
        assertThat(ask(restarted, Request.cmd(Command.PING))).hasToString("PONG");
      }
    }
  }

  @Test
  void closeLeavesNoProcessAndNoDirectory() {
    EmbeddedRedis redis = EmbeddedRedis.start();
    Path directory = redis.directory();
    assertThat(directory).isDirectory();
    redis.close();
    redis.close();
    redis.kill();
    assertThat(ProcessHandle.of(redis.pid())).isEmpty();
    assertThat(directory).doesNotExist();
  }

  @Test
  @DisabledOnOs(OS.WINDOWS)
  void closeStopsAServerThatHangs() throws Exception {
    EmbeddedRedis redis = EmbeddedRedis.start();
    new ProcessBuilder("kill", "-STOP", Long.toString(redis.pid())).start().waitFor();
    redis.close();
    assertThat(ProcessHandle.of(redis.pid())).isEmpty();
  }

  @Test
  void takenPortIsReportedWithTheServersError() {
    try (EmbeddedRedis redis = EmbeddedRedis.start()) {
      assertThatThrownBy(() -> EmbeddedRedis.start(redis.port()))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("cannot listen (expected: answers on 127.0.0.1:" + redis.port())
          .hasMessageContaining("Address in use");
    }
  }

  @Test
  void takenPortIsSkippedIfAnyPortIsAllowed() {
    try (EmbeddedRedis redis = EmbeddedRedis.start()) {
      EmbeddedRedis closed = EmbeddedRedis.start();
      closed.close();
      Iterator<Integer> candidates = List.of(redis.port(), redis.port(), closed.port()).iterator();
      try (EmbeddedRedis next = EmbeddedRedis.startOnFreePort(candidates::next)) {
        assertThat(next.port()).isEqualTo(closed.port());
      }
    }
  }

  @Test
  void extraDirectivesAreAcceptedInBothSyntaxes() throws Exception {
    try (EmbeddedRedis redis =
        EmbeddedRedis.start(
            0, "--requirepass secret", "user guest on >word ~* resetchannels +ping")) {
      assertThat(ask("redis://:secret@127.0.0.1:" + redis.port(), Request.cmd(Command.PING)))
          .hasToString("PONG");
      assertThat(ask("redis://guest:word@127.0.0.1:" + redis.port(), Request.cmd(Command.PING)))
          .hasToString("PONG");
      assertThatThrownBy(() -> ask(redis, Request.cmd(Command.PING)))
          .hasMessageContaining("NOAUTH");
    }
  }

  @Test
  void extraDirectivesDoNotExposeTheServer() throws Exception {
    try (EmbeddedRedis redis = EmbeddedRedis.start(0, "bind 0.0.0.0", "save 1 1")) {
      assertThat(setting(redis, "bind")).isEqualTo("127.0.0.1");
      assertThat(setting(redis, "save")).isEmpty();
    }
  }

  @Test
  void invalidDirectiveIsReportedWithTheServersError() {
    assertThatThrownBy(() -> EmbeddedRedis.start(0, "no-such-directive 1"))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("exited with status 1")
        .hasMessageContaining("no-such-directive");
  }

  @Test
  @DisabledOnOs(OS.WINDOWS)
  void missingLibraryIsReportedWithASolution(@TempDir Path directory) throws Exception {
    Path executable = directory.resolve("redis-server");
    Files.writeString(
        executable,
        """
        #!/bin/sh
        echo "redis-server: error while loading shared libraries: libssl.so.3: no such file" >&2
        exit 127
        """);
    assertThat(executable.toFile().setExecutable(true)).isTrue();
    assertThatThrownBy(() -> EmbeddedRedis.start(executable, 20_000, List.of()))
        .hasMessageContaining("exited with status 127")
        .hasMessageContaining("libssl.so.3")
        .hasMessageContaining("EMBEDDED_REDIS_EXECUTABLE");
  }

  @Test
  void executableThatDoesNotRunIsReportedWithASolution(@TempDir Path directory) {
    assertThatThrownBy(() -> EmbeddedRedis.start(directory.resolve("absent"), 20_000, List.of()))
        .hasMessageContaining("absent does not run")
        .hasMessageContaining("EMBEDDED_REDIS_EXECUTABLE");
  }

  @Test
  void jvmThatExitsLeavesNoProcessAndNoFile() throws Exception {
    Process jvm =
        new ProcessBuilder(
                ProcessHandle.current().info().command().orElseThrow(),
                "-cp",
                System.getProperty("java.class.path"),
                Forgetful.class.getName())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    List<String> left = new String(jvm.getInputStream().readAllBytes(), UTF_8).lines().toList();
    assertThat(jvm.waitFor()).isZero();
    assertThat(ProcessHandle.of(Long.parseLong(left.get(0)))).isEmpty();
    assertThat(Path.of(left.get(1))).doesNotExist();
    assertThat(Path.of(left.get(1)).getParent()).doesNotExist();
    assertThat(Path.of(left.get(2))).doesNotExist();
  }

  /** A program that exits without closing its server. */
  static final class Forgetful {
    private Forgetful() {}

    public static void main(String[] args) {
      EmbeddedRedis redis = EmbeddedRedis.start();
      System.out.println(redis.pid());
      System.out.println(RedisExecutable.path());
      System.out.println(redis.directory());
    }
  }

  private String setting(EmbeddedRedis redis, String name) throws Exception {
    return ask(redis, Request.cmd(Command.CONFIG).arg("GET").arg(name)).get(name).toString();
  }

  private Response ask(EmbeddedRedis redis, Request request) throws Exception {
    return ask("redis://127.0.0.1:" + redis.port(), request);
  }

  private Response ask(String connectionString, Request request) throws Exception {
    Redis client = Redis.createClient(vertx, connectionString);
    try {
      return client.send(request).await(10, SECONDS);
    } finally {
      client.close().await(10, SECONDS);
    }
  }
}
