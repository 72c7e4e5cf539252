package luna.sender.api;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class UrlSecretsTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "token=s3cret",
        "access_token=s3cret",
        "access-token=s3cret",
        "accessToken=s3cret",
        "auth_token=s3cret",
        "authtoken=s3cret",
        "id_token=s3cret",
        "refresh_token=s3cret",
        "bearer_token=s3cret",
        "x-access-token=s3cret",
        "api_token=s3cret",
        "auth=s3cret",
        "authorization=s3cret",
        "bearer=s3cret",
        "jwt=s3cret",
        "api_key=s3cret",
        "apikey=s3cret",
        "X-API-Key=s3cret",
        "secret=s3cret",
        "client_secret=s3cret",
        "password=s3cret",
        "TOKEN=s3cret",
        "%74oken=s3cret",
        "tok%65n=s3cret",
        "access%5ftoken=s3cret",
        "access%5Ftoken=s3cret",
        "%54%4F%4B%45%4E=s3cret",
        "+token=s3cret",
        "%20token=s3cret",
        "token[]=s3cret",
        "token[0]=s3cret",
        "token%5B%5D=s3cret",
        "token%3Ds3cret",
        "token:s3cret",
        "Bearer%20s3cret",
        "Bearer+s3cret",
        "Authorization:+Bearer+s3cret",
        "token",
        "token=",
        "gender=1&token=s3cret",
        "token=s3cret&gender=1",
        "token=a&token=s3cret",
        "gender=1;token=s3cret",
        ";token=s3cret",
        ";;Token=s3cret;",
        "gender=1;a=b;jwt=s3cret",
        "gender;jwt=s3cret",
        "&&token=s3cret&&",
        "cities=%zz&token=s3cret",
        "eyJhbGciOiJIUzI1NiJ9.e30.s3cret",
        "t=eyJhbGciOiJIUzI1NiJ9.e30.s3cret",
        "cities=Bearer%20eyJhbGciOiJIUzI1NiJ9.e30.s3cret",
        "gender=1;eyJhbGciOiJIUzI1NiJ9.e30.s3cret",
      })
  void tokenIsFoundUnderEachUsualName(String query) {
    assertThat(UrlSecrets.find(query)).isNotNull().matches("[a-z]+").doesNotContain("s3cret");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "=",
        "&",
        ";",
        "=token",
        "gender=1",
        "gender=1&age__gte=18&age__lt=30",
        "cities=token",
        "cities=jwt,bearer,token",
        "cities=Tokenville&sources=auth",
        "tokens=a",
        "author=a",
        "account_id=8b8b5937-2e9c-4e8b-a7a7-5caf86621b5a",
        "tags=a%3Btoken%3Db",
        "cities=eyJ",
        "cities=a.b.c",
        "key=a",
        "%zz=a",
      })
  void otherQueriesHaveNoToken(String query) {
    assertThat(UrlSecrets.find(query)).isNull();
  }

  @Test
  void missingQueryHasNoToken() {
    assertThat(UrlSecrets.find(null)).isNull();
  }

  /** Without a limit on the length of a name, this would take quadratic time. */
  @Test
  void searchIsLinearInTheLength() {
    long start = System.nanoTime();
    for (String piece : new String[] {"a", "&", ";", "=", "%41", "eyJ", ".", "token+", " "}) {
      UrlSecrets.find(piece.repeat(1_000_000));
    }
    assertThat(System.nanoTime() - start).isLessThan(20_000_000_000L);
  }
}
