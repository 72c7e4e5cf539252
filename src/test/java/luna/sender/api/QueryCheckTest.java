package luna.sender.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.NullAndEmptySource;
import org.junit.jupiter.params.provider.ValueSource;

final class QueryCheckTest {
  @ParameterizedTest
  @NullAndEmptySource
  @ValueSource(strings = {"gender=1", "unknown=parameter", "%zz"})
  void queryWithoutSecretsPasses(String query) {
    assertThatCode(() -> QueryCheck.require(query)).doesNotThrowAnyException();
  }

  @Test
  void maximumNumberOfParametersPasses() {
    String query = "a&".repeat(QueryString.MAX_PARAMETERS - 1) + "a";
    assertThatCode(() -> QueryCheck.require(query)).doesNotThrowAnyException();
    ApiException failure = failure(query + "&a");
    assertThat(failure.error()).isEqualTo(ApiError.BAD_QUERY);
    assertThat(failure).hasMessage("query: too many parameters (expected: at most 5000)");
  }

  @Test
  void tokenIsRejectedWithoutBeingRepeated() {
    ApiException failure = failure("gender=1&access_token=s3cret");
    assertThat(failure.error()).isEqualTo(ApiError.BAD_QUERY);
    assertThat(failure)
        .hasMessageContaining("(expected: no token in the URL;")
        .hasMessageNotContaining("s3cret");
  }

  private static ApiException failure(String query) {
    return catchThrowableOfType(ApiException.class, () -> QueryCheck.require(query));
  }
}
