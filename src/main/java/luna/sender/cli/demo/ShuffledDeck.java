package luna.sender.cli.demo;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Queue;

/**
 * An endless series of values, dealt from a deck that is shuffled anew each time it is used up.
 *
 * <p>Shape: a value is in each run of the deck, so it never stays away for two whole decks.
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

  /** Adds a card {@code times}: so many of each deck are this one. */
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
