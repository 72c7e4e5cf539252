package luna.sender.cli.demo;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Queue;

/**
 * Returns an endless series of values, dealt from a deck that is reshuffled when it is used up.
 *
 * <p>Shape: each deck contains all values, so a value comes again within fewer values than two
 * decks have.
 *
 * <p>Owner: confined to one thread at a time.
 */
final class ShuffledDeck<T> {
  private final SeededRandom dice;
  private final List<T> cards = new ArrayList<>();
  private final Queue<T> left = new ArrayDeque<>();

  ShuffledDeck(SeededRandom dice) {
    this.dice = dice;
  }

  /** Adds {@code times} copies of a card to the deck. */
  ShuffledDeck<T> add(int times, T card) {
    cards.addAll(Collections.nCopies(times, card));
    return this;
  }

  T deal() {
    if (left.isEmpty()) {
      left.addAll(dice.shuffle(cards));
    }
    return left.remove();
  }
}
