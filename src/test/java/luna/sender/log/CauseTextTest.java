package luna.sender.log;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.Test;

final class CauseTextTest {
  private static final Exception INNER = new IllegalStateException("inner");
  private static final Exception OUTER = new IllegalStateException("outer", INNER);

  @Test
  void failureIsDescribedByItsMessageWithoutTheWrappersOfFutures() {
    assertThat(CauseText.of(OUTER)).isEqualTo("outer");
    assertThat(CauseText.of(new ExecutionException(new CompletionException(OUTER))))
        .isEqualTo("outer");
  }

  @Test
  void innermostCauseIsDescribedByItsOwnMessage() {
    assertThat(CauseText.innermost(new ExecutionException(OUTER))).isEqualTo("inner");
    assertThat(CauseText.innermost(INNER)).isEqualTo("inner");
  }

  @Test
  void exceptionWithoutAMessageIsDescribedByItsClass() {
    assertThat(CauseText.of(new IllegalStateException()))
        .isEqualTo("java.lang.IllegalStateException");
    assertThat(CauseText.innermost(new ExecutionException("outer", new InterruptedException())))
        .isEqualTo("java.lang.InterruptedException");
  }
}
