package luna.sender.event;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The attributes of one event that filters can test.
 *
 * <p>Shape: null, {@link #ABSENT}, {@code NaN} or an empty list if the event lacks the attribute,
 * or has a value that the schema does not define.
 *
 * <p>Units: age in years; similarity from 0 to 1.
 *
 * @param labels the labels of those {@code matches} that have at least one candidate
 * @param topSimilarity the highest similarity of all candidates; {@code NaN} if there are none
 * @param age {@code NaN} if absent
 * @param gender 0 female, 1 male
 * @param ethnicGroup a code of {@link Estimation#ETHNIC_GROUP}; {@code liveness}, {@code mask} and
 *     {@code emotion} are codes of their own {@link Estimation}
 * @param handlerId the {@code handler_id} of the payload that carried the event, in lower case
 */
public record Attributes(
    @Nullable String source,
    List<String> labels,
    double topSimilarity,
    double age,
    int gender,
    int ethnicGroup,
    int liveness,
    int mask,
    int emotion,
    List<String> tags,
    @Nullable String city,
    @Nullable String area,
    @Nullable String district,
    @Nullable String street,
    @Nullable String houseNumber,
    @Nullable String handlerId) {

  /** The code of an attribute that the event lacks. It matches no filter. */
  public static final int ABSENT = -1;
}
