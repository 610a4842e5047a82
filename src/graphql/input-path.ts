import { type ASTNode, type DocumentNode, Kind, type ValueNode, visit } from 'graphql';

/**
 * Where in an operation's input a fault lies: members and list positions, as refusals of the services name them.
 * A member of the argument `input` is named from there, of any other argument with the argument's name first.
 */
function fromArgument(argument: string, path: readonly string[]): readonly string[] {
  return argument === 'input' ? path : [argument, ...path];
}

function search(value: ValueNode, wanted: (node: ASTNode) => boolean, path: readonly string[]): readonly string[] | null {
  if (wanted(value)) return path;
  if (value.kind === Kind.LIST) {
    for (const [position, item] of value.values.entries()) {
      const found = search(item, wanted, [...path, String(position)]);
      if (found) return found;
    }
  }
  if (value.kind === Kind.OBJECT) {
    for (const member of value.fields) {
      const here = [...path, member.name.value];
      const found = wanted(member) ? here : search(member.value, wanted, here);
      if (found) return found;
    }
  }
  return null;
}

function pathTo(document: DocumentNode, wanted: (node: ASTNode) => boolean): readonly string[] | null {
  let path: readonly string[] | null = null;
  visit(document, {
    Argument(argument) {
      path ??= wanted(argument) ? fromArgument(argument.name.value, []) : null;
      const found = path ?? search(argument.value, wanted, []);
      path ??= found && fromArgument(argument.name.value, found);
    },
  });
  return path;
}

/** Path of a value that is written in the document; empty when it is not part of an argument. */
export function pathOfNode(document: DocumentNode, node: ASTNode): readonly string[] {
  return pathTo(document, (other) => other === node) ?? [];
}

const position = /^Variable "\$(\w+)" got invalid value [\s\S]* at "\1((?:\.\w+|\[\d+\])*)";/;

/**
 * Path of the fault that graphql found in a variable, read from its message, for it says nowhere else where the fault lies.
 *
 * @param name     the variable
 * @param message  e.g. `Variable "$input" got invalid value 2 at "input.variants[1].weight"; ...`
 */
export function pathOfVariable(document: DocumentNode, name: string, message: string): readonly string[] {
  const steps = position.exec(message)?.[2]?.match(/\w+/g) ?? [];
  const start = pathTo(document, (node) => node.kind === Kind.VARIABLE && node.name.value === name);
  return [...(start ?? (name === 'input' ? [] : [name])), ...steps];
}
