package luna.sender.testing;

import luna.sender.contract.ContractDocument;
import luna.sender.event.EventSchema;
import luna.sender.filter.FilterContract;

/** The filters of {@code openapi.yaml}. */
public final class TestContract {
  public static final FilterContract FILTERS = FilterContract.of(ContractDocument.read().json());

  public static final EventSchema EVENTS = FILTERS.events();

  private TestContract() {}
}
