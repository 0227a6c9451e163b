package cli

import (
	"errors"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/opentrm/opentrm/internal/console"
)

// command is a command, or a group of them: a struct with the tag cmd, which has commands, flags and arguments as its fields.
//
//	cmd:"" help:"…"        a command, and what it does; name and aliases where the field's name would not do
//	default:"withargs"     the command of its group that is meant where none is named
//
// The struct says it all: cobra is told of it, and what is typed is put back into it. Methods are never found by their name: that would
// keep every method of every type in the program (docs/adr/0044-no-method-by-its-name.md).
type command struct {
	name, help  string
	aliases     []string
	is          any // pointer to the struct
	above       *command
	below       []*command
	otherwise   *command // the one of those below that is meant where none is named
	flags, args []*value
	cobra       *cobra.Command
}

// runner is a command that does something.
type runner interface {
	Run(s *console.Screen) error
}

// detailed is a command that has more to say of itself than one line.
type detailed interface{ Help() string }

// typed is the program as it was asked: the command that was named, and the words that follow it.
type typed struct {
	root    *command
	named   *command // nil if only something about the program was asked: its help, or words for a shell
	words   []string
	written error // of the help
}

// commandsOf makes the commands of a struct. Help and what a shell asks is written to out.
func commandsOf(program any, name, help string, out, err io.Writer) *typed {
	t := &typed{root: &command{name: name, help: help, is: program}}
	t.add(t.root, reflect.ValueOf(program).Elem())
	top := t.root.cobra
	top.SetOut(out)
	top.SetErr(err)
	top.PersistentFlags().BoolP("help", "h", false, "Show context-sensitive help.")
	top.SetHelpCommand(&cobra.Command{Use: "help", Hidden: true, Run: func(_ *cobra.Command, words []string) { t.explain(words) }})
	top.SetHelpFunc(func(c *cobra.Command, _ []string) { t.written = t.find(c).writeHelp(out) })
	top.SetFlagErrorFunc(func(c *cobra.Command, err error) error { return t.find(c).unknown(err) })
	top.CompletionOptions.DisableDefaultCmd = true // there is one of our own, which is in the list
	return t
}

// explain shows the help of the command that is named.
func (t *typed) explain(words []string) {
	c, _, err := t.root.cobra.Find(words)
	if err != nil {
		c = t.root.cobra
	}
	t.written = c.Help()
}

// find returns the command that cobra means.
func (t *typed) find(c *cobra.Command) *command {
	all := t.root.walk(nil)
	if i := slices.IndexFunc(all, func(own *command) bool { return own.cobra == c }); i >= 0 {
		return all[i]
	}
	return t.root
}

// add reads the fields of a struct into a command, and tells cobra.
func (t *typed) add(c *command, fields reflect.Value) {
	c.cobra = &cobra.Command{
		Use: c.name, Short: c.help, Aliases: c.aliases, Args: cobra.ArbitraryArgs, SilenceErrors: true, SilenceUsage: true, DisableSuggestions: true,
		RunE: func(_ *cobra.Command, words []string) error {
			t.named, t.words = c, words
			return nil
		},
	}
	t.fields(c, fields)
	flags := c.cobra.Flags()
	if len(c.below) > 0 {
		flags = c.cobra.PersistentFlags() // they count for each command of the group
	}
	for _, v := range c.flags {
		flags.AddFlag(v.flag())
		if v.enum != nil {
			_ = c.cobra.RegisterFlagCompletionFunc(v.name, cobra.FixedCompletions(v.enum, cobra.ShellCompDirectiveNoFileComp)) // fails for a flag that is not there
		}
	}
	if o := c.otherwise; o != nil {
		o.cobra.Flags().VisitAll(func(f *pflag.Flag) { c.cobra.Flags().AddFlag(f) })
	}
	c.cobra.ValidArgsFunction = c.complete
}

func (t *typed) fields(c *command, fields reflect.Value) {
	for i := range fields.NumField() {
		f, v := fields.Type().Field(i), fields.Field(i)
		_, is := f.Tag.Lookup("cmd")
		switch {
		case is:
			sub := &command{name: f.Tag.Get("name"), help: f.Tag.Get("help"), aliases: list(f.Tag.Get("aliases")), is: v.Addr().Interface(), above: c}
			if sub.name == "" {
				sub.name = dashed(f.Name)
			}
			c.below = append(c.below, sub)
			if f.Tag.Get("default") == "withargs" {
				c.otherwise = sub
			}
			t.add(sub, v)
			c.cobra.AddCommand(sub.cobra)
		case f.Anonymous:
			t.fields(c, v)
		case f.IsExported():
			given := valueOf(f, v)
			if given.arg {
				c.args = append(c.args, given)
			} else {
				c.flags = append(c.flags, given)
			}
		}
	}
}

// flag is the value as pflag has it.
func (v *value) flag() *pflag.Flag {
	f := &pflag.Flag{Name: v.name, Usage: v.help, Value: v, Hidden: v.hidden}
	if v.boolean() {
		f.NoOptDefVal = "true"
	}
	return f
}

// complete tells a shell what can stand in the place of an argument: one of the values that there are, a file, or nothing that is known.
func (c *command) complete(_ *cobra.Command, words []string, _ string) ([]string, cobra.ShellCompDirective) {
	if c.otherwise != nil {
		c = c.otherwise
	}
	if n := len(words); n < len(c.args) {
		if v := c.args[n]; v.enum != nil || v.kind == "" {
			return v.enum, cobra.ShellCompDirectiveNoFileComp
		}
		return nil, cobra.ShellCompDirectiveDefault
	}
	return nil, cobra.ShellCompDirectiveNoFileComp
}

// parse takes what was typed. The runner is nil if help was asked for, and has been written.
func (t *typed) parse(args []string) (runner, error) {
	t.root.cobra.SetArgs(append([]string{}, args...)) // never nil: cobra would read the arguments of the process
	if err := t.root.cobra.Execute(); err != nil || t.named == nil {
		return nil, errors.Join(err, t.written)
	}
	c := t.named
	if len(c.below) > 0 {
		if c.otherwise == nil {
			return nil, c.choose(t.words)
		}
		c = c.otherwise
	}
	if err := c.take(t.words); err != nil {
		return nil, err
	}
	does, ok := c.is.(runner)
	if !ok {
		return nil, fmt.Errorf("%s does nothing", c.path()) // TestEveryValueCanBeTyped finds it
	}
	return does, nil
}

// take gives the arguments their words, and settles what was not given.
func (c *command) take(words []string) error {
	for _, v := range c.args {
		for given := 0; len(words) > 0 && (given == 0 || v.many()); given++ {
			if err := v.Set(words[0]); err != nil {
				return fmt.Errorf("%s: %w", v.short(), err)
			}
			words = words[1:]
		}
	}
	if len(words) > 0 {
		return fmt.Errorf("unexpected argument %s", words[0])
	}
	var lack []string
	flags := slices.Concat(c.allFlags()...)
	for _, v := range slices.Concat(flags, c.args) {
		if err := v.settle(); err != nil {
			return err
		}
		if v.arg && v.required && !v.set {
			lack = append(lack, v.summary())
		}
	}
	if err := missing(flags); err != nil {
		return err
	}
	if len(lack) > 0 {
		return errors.New("expected " + strconv.Quote(strings.Join(lack, " ")))
	}
	return nil
}

// choose says that a group needs one of its commands.
func (c *command) choose(words []string) error {
	var all []string
	for _, sub := range c.below {
		all = append(all, sub.name)
	}
	if len(words) > 0 {
		return near("unexpected argument "+words[0], words[0], "", all)
	}
	some := quoted(all[:min(len(all), 5)])
	if len(all) > 5 {
		some += ", ..."
	}
	return errors.New("expected one of " + some)
}

// unknown says which flag may have been meant.
func (c *command) unknown(err error) error {
	var not *pflag.NotExistError
	if !errors.As(err, &not) || len(not.GetSpecifiedName()) < 2 {
		return err
	}
	if c.otherwise != nil {
		c = c.otherwise
	}
	var all []string
	for _, v := range slices.Concat(c.allFlags()...) {
		all = append(all, v.name)
	}
	return near("unknown flag --"+not.GetSpecifiedName(), not.GetSpecifiedName(), "--", all)
}

// near adds to a complaint what may have been meant.
func near(complaint, word, sign string, all []string) error {
	var meant []string
	for _, name := range all {
		if strings.HasPrefix(name, word) || apart(name, word) <= 2 {
			meant = append(meant, strconv.Quote(sign+name))
		}
	}
	switch len(meant) {
	case 0:
	case 1:
		complaint += ", did you mean " + meant[0] + "?"
	default:
		complaint += ", did you mean one of " + strings.Join(meant, ", ") + "?"
	}
	return errors.New(complaint)
}

// apart counts the letters that must be put in, taken out or changed to make one word the other.
func apart(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		before := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := before
			if a[i] != b[j] {
				change++
			}
			before, row[j+1] = row[j+1], min(change, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}

// walk appends the command and all below it, in the order of their fields.
func (c *command) walk(all []*command) []*command {
	all = append(all, c)
	for _, sub := range c.below {
		all = sub.walk(all)
	}
	return all
}

// allFlags returns the flags that a command takes, those of the program first.
func (c *command) allFlags() [][]*value {
	if c == nil {
		return nil
	}
	return append(c.above.allFlags(), c.flags)
}

// path is how a command is called, with its other names.
func (c *command) path() string {
	if c.above == nil {
		return ""
	}
	name := c.name
	if len(c.aliases) > 0 {
		name += " (" + strings.Join(c.aliases, ",") + ")"
	}
	return strings.TrimSpace(c.above.path() + " " + name)
}
