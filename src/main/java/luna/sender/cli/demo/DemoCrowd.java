package luna.sender.cli.demo;

/**
 * Generates the people who pass the cameras of one account.
 *
 * <p>Shape: each value recurs within 23 people, and each gender within three.
 *
 * <p>Owner: confined to one thread at a time.
 */
final class DemoCrowd {
  private static final int YOUNGEST = 4;
  private static final int OLDEST = 85;

  private final SeededRandom dice;
  private final ShuffledDeck<Integer> genders;
  private final ShuffledDeck<String> ethnicities;
  private final ShuffledDeck<String> emotions;
  private final ShuffledDeck<String> masks;
  private final ShuffledDeck<String> liveness;

  DemoCrowd(SeededRandom dice) {
    this.dice = dice;
    genders = new ShuffledDeck<Integer>(dice).add(1, 0).add(1, 1);
    ethnicities =
        new ShuffledDeck<String>(dice)
            .add(3, "caucasian")
            .add(2, "asian")
            .add(2, "african_american")
            .add(1, "indian");
    emotions =
        new ShuffledDeck<String>(dice)
            .add(4, "neutral")
            .add(3, "happiness")
            .add(1, "surprise")
            .add(1, "sadness")
            .add(1, "anger")
            .add(1, "fear")
            .add(1, "disgust");
    masks =
        new ShuffledDeck<String>(dice).add(5, "missing").add(2, "medical_mask").add(1, "occluded");
    liveness = new ShuffledDeck<String>(dice).add(6, "real").add(1, "spoof").add(1, "unknown");
  }

  DemoPerson next() {
    return new DemoPerson(
        dice.roll(YOUNGEST, OLDEST),
        genders.deal(),
        ethnicities.deal(),
        emotions.deal(),
        masks.deal(),
        liveness.deal());
  }
}
