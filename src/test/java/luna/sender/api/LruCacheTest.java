package luna.sender.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tests the cache of values computed from request text. */
final class LruCacheTest {
  private final LruCache<String> recent = new LruCache<>();
  private final AtomicInteger made = new AtomicInteger();

  @Test
  void valueIsComputedOnce() {
    assertThat(timesMade("gender=1&account_id=8b8b5937-2e9c-4e8b-a7a7-5caf86621b5a")).isEqualTo(1);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"a=1&access_token=x", "TOKEN=x", "jwt=x", "Authorization=Bearer x", "auth=x"})
  void textThatMayContainATokenIsNotCached(String text) {
    assertThat(timesMade(text)).isEqualTo(2);
  }

  @Test
  void longTextIsNotCached() {
    assertThat(timesMade("x".repeat(513))).isEqualTo(2);
  }

  @Test
  void oldestTextsAreEvictedAboveTheSizeLimit() {
    for (int i = 0; i < 200; i++) {
      recent.get("%0500d".formatted(i), given -> given);
    }
    assertThat(timesMade("%0500d".formatted(199))).isZero();
    assertThat(timesMade("%0500d".formatted(80))).isZero();
    assertThat(timesMade("%0500d".formatted(60))).isEqualTo(1);
  }

  @Test
  void numberOfCachedTextsIsLimited() {
    for (int i = 0; i < 1001; i++) {
      recent.get(Integer.toString(i), given -> given);
    }
    assertThat(timesMade("1")).isZero();
    assertThat(timesMade("0")).isEqualTo(1);
  }

  private int timesMade(String text) {
    for (int i = 0; i < 2; i++) {
      recent.get(
          text,
          given -> {
            made.incrementAndGet();
            return given;
          });
    }
    return made.get();
  }
}
