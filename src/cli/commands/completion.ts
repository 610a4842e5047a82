import type { Command } from 'commander';
import { UsageError } from '../command.js';

const shells = ['bash', 'zsh', 'fish'] as const;

/** `completion`: a script for the shell, made from the commands that there are. */
export function addCompletionCommand(program: Command): void {
  program
    .command('completion')
    .description('a completion script, e.g. source <(bellwether completion bash)')
    .argument('<shell>', shells.join(', '))
    .action((shell: string) => {
      const found = shells.find((each) => each === shell);
      if (!found) throw new UsageError(`Received ${JSON.stringify(shell)}; expected one of ${shells.join(', ')}.`);
      process.stdout.write(scripts[found](wordsOf(program)));
    });
}

type Words = readonly { readonly name: string; readonly description: string; readonly options: readonly string[] }[];

function wordsOf(program: Command): Words {
  const common = program.options.map(({ long }) => long ?? '');
  return program.commands.map((command) => ({
    name: command.name(),
    description: command.description().replaceAll("'", '’'),
    options: [...command.commands.map((each) => each.name()), ...command.options.map(({ long }) => long ?? ''), ...common, '--help'],
  }));
}

const scripts: Readonly<Record<(typeof shells)[number], (words: Words) => string>> = {
  bash: (words) => `_bellwether() {
  local word=\${COMP_WORDS[COMP_CWORD]}
  case \${COMP_WORDS[1]} in
${words.map(({ name, options }) => `    ${name}) COMPREPLY=($(compgen -f -W '${options.join(' ')}' -- "$word"));;`).join('\n')}
  esac
  [ "$COMP_CWORD" -gt 1 ] || COMPREPLY=($(compgen -W '${words.map(({ name }) => name).join(' ')}' -- "$word"))
}
complete -F _bellwether bellwether
`,
  zsh: (words) => `#compdef bellwether
_bellwether() {
  if (( CURRENT == 2 )); then
    local -a commands=(${words.map(({ name, description }) => `'${name}:${description.replaceAll(':', ' ')}'`).join(' ')})
    _describe command commands
    return
  fi
  case $words[2] in
${words.map(({ name, options }) => `    ${name}) compadd -- ${options.join(' ')}; _files;;`).join('\n')}
  esac
}
compdef _bellwether bellwether
`,
  fish: (words) =>
    words
      .flatMap(({ name, description, options }) => [
        `complete -c bellwether -n __fish_use_subcommand -a ${name} -d '${description}'`,
        ...options.map((option) =>
          option.startsWith('--')
            ? `complete -c bellwether -n '__fish_seen_subcommand_from ${name}' -l ${option.slice(2)}`
            : `complete -c bellwether -n '__fish_seen_subcommand_from ${name}' -a ${option}`,
        ),
      ])
      .join('\n')
      .concat('\n'),
};
