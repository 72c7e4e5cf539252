package luna.sender.chaos;

import java.util.Random;

/**
 * A random filter, with its own implementation of which events pass it.
 *
 * @param gender or -1 for any
 * @param ageFrom inclusive
 * @param ageTo exclusive
 * @param sources one bit for each wanted source; 0 for any
 */
record ChaosFilter(int gender, int ageFrom, int ageTo, int sources) {
  static final int SOURCES = 8;
  static final int AGES = 100;

  static ChaosFilter random(Random random) {
    int from = random.nextInt(4) == 0 ? random.nextInt(60) : 0;
    int to = random.nextInt(4) == 0 ? from + 1 + random.nextInt(AGES - from) : AGES;
    return new ChaosFilter(
        random.nextInt(3) - 1,
        from,
        to,
        random.nextBoolean() ? 0 : 1 + random.nextInt((1 << SOURCES) - 1));
  }

  boolean passes(int age, int itsGender, int source) {
    return (gender < 0 || gender == itsGender)
        && age >= ageFrom
        && age < ageTo
        && (sources == 0 || (sources >> source & 1) == 1);
  }

  String query() {
    StringBuilder query = new StringBuilder("gaps=1");
    if (gender >= 0) {
      query.append("&gender=").append(gender);
    }
    if (ageFrom > 0) {
      query.append("&age__gte=").append(ageFrom);
    }
    if (ageTo < AGES) {
      query.append("&age__lt=").append(ageTo);
    }
    for (int i = 0, named = 0; i < SOURCES; i++) {
      if ((sources >> i & 1) == 1) {
        query.append(named++ == 0 ? "&sources=" : ",").append("cam").append(i);
      }
    }
    return query.toString();
  }
}
