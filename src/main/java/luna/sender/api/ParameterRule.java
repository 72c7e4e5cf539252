package luna.sender.api;

import io.vertx.core.json.JsonObject;
import io.vertx.json.schema.Validator;
import io.vertx.openapi.contract.OpenAPIContract;
import io.vertx.openapi.contract.Operation;
import io.vertx.openapi.contract.Parameter;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the contract says about a parameter.
 *
 * <p>Owner: immutable. All event loops share it, because each validator has a copy of the map of
 * all schemas.
 *
 * @param itemType the type of the items of a list
 * @param items the schema of the items of a list
 * @param maxItems 1 if the parameter is no list
 */
record ParameterRule(
    Parameter parameter,
    String type,
    @Nullable String itemType,
    @Nullable ItemSchema items,
    int maxItems,
    Validator validator) {

  /** Returns the rules of an operation's parameters. */
  static List<ParameterRule> of(OpenAPIContract contract, Operation operation) {
    return operation.getParameters().stream().map(parameter -> of(contract, parameter)).toList();
  }

  private static ParameterRule of(OpenAPIContract contract, Parameter parameter) {
    JsonObject items = parameter.getSchema().get("items");
    return new ParameterRule(
        parameter,
        parameter.getSchema().get("type"),
        items == null ? null : items.getString("type"),
        items == null ? null : ItemSchema.of(items),
        items == null ? 1 : parameter.getSchema().<Integer>get("maxItems"),
        contract.getSchemaRepository().validator(parameter.getSchema()));
  }
}
