package cli

import (
	"github.com/spf13/cobra"

	"github.com/opentrm/opentrm/internal/console"
)

type completionCommand struct {
	root  *cobra.Command
	Shell string `arg:"" enum:"bash,zsh,fish,powershell" help:"bash, zsh, fish or powershell."`
}

// Help says where each shell looks for it.
func (c *completionCommand) Help() string {
	return `
For one session of bash: source <(opentrm completion bash). For all of them, write it to a file once:

  opentrm completion bash > ~/.local/share/bash-completion/completions/opentrm
  opentrm completion zsh > "${fpath[1]}/_opentrm"
  opentrm completion fish > ~/.config/fish/completions/opentrm.fish
  opentrm completion powershell >> $PROFILE
`
}

func (c *completionCommand) Run(s *console.Screen) error {
	switch c.Shell {
	case "bash":
		return c.root.GenBashCompletionV2(s.Out, true)
	case "zsh":
		return c.root.GenZshCompletion(s.Out)
	case "fish":
		return c.root.GenFishCompletion(s.Out, true)
	}
	return c.root.GenPowerShellCompletionWithDesc(s.Out)
}
