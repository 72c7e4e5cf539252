package luna.sender.ops;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class BooksTest {
  private final Books books = new Books(2);

  @Test
  void bookBalancesOnlyWhenEveryPairHasItsPlace() {
    AccountBook book = books.hold("a");
    book.received(10);
    book.matched(4);
    book.unmatched(6);
    book.delivered(3);
    assertThat(book.sums().balance()).isFalse();
    book.dropped("slow", 1);
    assertThat(book.sums().balance()).isTrue();
    book.received(1);
    assertThat(book.sums().balance()).isFalse();
  }

  @Test
  void twoHubsHaveOneBookAndItOutlivesThem() {
    AccountBook one = books.hold("a");
    assertThat(books.hold("a")).isSameAs(one);
    books.events("a", 3);
    books.release(one);
    books.release(one);
    assertThat(books.hold("a")).isSameAs(one);
    assertThat(one.sums().events()).isEqualTo(3);
  }

  @Test
  void booksOfLongGoneAccountsAreForgottenAndThoseInUseAreNot() {
    AccountBook used = books.hold("used");
    for (int i = 0; i < 1500; i++) {
      books.release(books.hold("account " + i));
    }
    assertThat(books.sums()).hasSize(1001);
    assertThat(books.sums()).extracting(AccountBook.Sums::account).contains("used", "account 1499");
    assertThat(books.hold("used")).isSameAs(used);
  }

  @Test
  void accountThatComesAgainWhileItsBookWaitsToBeForgottenKeepsIt() {
    AccountBook again = books.hold("again");
    books.release(again);
    books.hold("again");
    for (int i = 0; i < 1500; i++) {
      books.release(books.hold("account " + i));
    }
    assertThat(books.hold("again")).isSameAs(again);
  }

  @Test
  void seriesAreForNoMoreAccountsThanAskedFor() {
    books.hold("a");
    books.hold("b");
    books.hold("c");
    assertThat(books.collect().get(1).getDataPoints())
        .extracting(point -> point.getLabels().get("account"))
        .hasSize(12);
  }
}
