package luna.sender.cli.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class RedisUrlTest {
  @Test
  void everyPartOfTheUrlIsASetting() {
    assertThat(settings("rediss://operator:s3cret@redis.example:6380/3"))
        .containsEntry("REDIS_DB_ADDRESS__HOST", "redis.example")
        .containsEntry("REDIS_DB_ADDRESS__PORT", "6380")
        .containsEntry("REDIS_DB_ADDRESS__NUMBER", "3")
        .containsEntry("REDIS_DB_ADDRESS__USE_SSL", "1")
        .containsEntry("REDIS_DB_ADDRESS__USER", "operator")
        .containsEntry("REDIS_DB_ADDRESS__PASSWORD", "s3cret");
  }

  @ParameterizedTest
  @ValueSource(strings = {"redis://redis.example", "redis://redis.example/"})
  void missingPartsHaveTheDefaultsOfRedis(String url) {
    assertThat(settings(url))
        .containsEntry("REDIS_DB_ADDRESS__PORT", "6379")
        .containsEntry("REDIS_DB_ADDRESS__NUMBER", "0")
        .containsEntry("REDIS_DB_ADDRESS__USE_SSL", "0")
        .containsEntry("REDIS_DB_ADDRESS__USER", "")
        .containsEntry("REDIS_DB_ADDRESS__PASSWORD", "");
  }

  @Test
  void passwordIsPercentDecodedAndAPlusStaysAPlus() {
    assertThat(settings("redis://:a%3Ab+c%40d@redis.example"))
        .containsEntry("REDIS_DB_ADDRESS__PASSWORD", "a:b+c@d");
  }

  @Test
  void addressOfIpVersion6HasNoBrackets() {
    assertThat(settings("redis://[::1]:6379")).containsEntry("REDIS_DB_ADDRESS__HOST", "::1");
  }

  @Test
  void urlReplacesSentinelAndClusterAndKeepsOtherSettings() {
    Map<String, String> environment =
        Map.of(
            "REDIS_DB_ADDRESS__CLUSTER__NODES", "a:1",
            "REDIS_DB_ADDRESS__SENTINEL__MASTER_NAME", "main",
            "REDIS_DB_ADDRESS__CHANNEL_PREFIX", "other");
    assertThat(RedisUrl.applyTo(environment, "redis://redis.example"))
        .containsEntry("REDIS_DB_ADDRESS__CLUSTER__NODES", "")
        .containsEntry("REDIS_DB_ADDRESS__SENTINEL__MASTER_NAME", "")
        .containsEntry("REDIS_DB_ADDRESS__CHANNEL_PREFIX", "other");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "redis.example:6379",
        "http://:s3cret@redis.example",
        "redis://:s3cret@redis.example/events",
        "redis://:s3cret@",
        "redis://:s3cret@redis.example:port"
      })
  void otherUrlsAreRejectedWithoutBeingShown(String url) {
    assertThatThrownBy(() -> settings(url))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageEndingWith("(expected: redis[s]://[user:password@]host:port[/n])")
        .hasMessageNotContaining("s3cret");
  }

  private static Map<String, String> settings(String url) {
    return RedisUrl.applyTo(Map.of(), url);
  }
}
