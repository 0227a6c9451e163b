package cli

import (
	"bytes"
	"encoding"
	"io"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/opentrm/opentrm/internal/console"
)

// TestEveryValueCanBeTyped walks every command: it does something, its flags have one meaning each, and whatever it takes can be read from a word.
func TestEveryValueCanBeTyped(t *testing.T) {
	root := commandsOf(&program{}, "opentrm", "", io.Discard, io.Discard).root
	for _, c := range root.walk(nil) {
		if _, does := c.is.(runner); does == (len(c.below) > 0) {
			t.Errorf("%s is neither a command nor a group", c.path())
		}
		names := map[string]bool{"help": true}
		for i, v := range slices.Concat(slices.Concat(c.allFlags()...), c.args) {
			if names[v.name] {
				t.Errorf("%s has %s twice", c.path(), v.name)
			}
			names[v.name] = true
			of := v.to.Type()
			if v.list() {
				of = of.Elem()
			}
			_, plain := reflect.New(of).Interface().(encoding.TextUnmarshaler)
			kinds := []reflect.Kind{reflect.String, reflect.Bool, reflect.Int, reflect.Int64, reflect.Map}
			if !plain && !slices.Contains(kinds, of.Kind()) || of.Kind() == reflect.Map && of != reflect.TypeFor[map[string]string]() {
				t.Errorf("%s: nobody can type %s for %s", c.path(), of, v.name)
			}
			if v.enum != nil && v.has && !slices.Contains(v.enum, v.preset) {
				t.Errorf("%s: %s is none of %v", c.path(), v.preset, v.enum)
			}
			if !slices.Contains([]string{"", "path", "existingfile", "existingdir"}, v.kind) || v.kind != "" && of.Kind() != reflect.String {
				t.Errorf("%s: %s is of no type %s", c.path(), v.name, v.kind)
			}
			if v.arg && v.many() && i < len(names)-2 {
				t.Errorf("%s: nothing is left for what follows %s", c.path(), v.name)
			}
		}
	}
}

// trial is a program with every kind of value.
type trial struct {
	Loud bool `help:"Say it loudly."`

	Do    trialDo `cmd:"" aliases:"does" help:"Do it."`
	Group struct {
		Where string `env:"OPENTRM_TRIAL_WHERE" default:"here" help:"Where."`

		Show trialShow `cmd:"" default:"withargs" help:"Show it."`
		Drop trialDrop `cmd:"" help:"Drop it."`
	} `cmd:"" help:"More."`
}

type trialDo struct {
	File  string            `arg:"" type:"path" help:"File."`
	Names []string          `arg:"" optional:"" help:"Names."`
	Count int64             `default:"3" help:"How many."`
	Size  string            `enum:"small,large" default:"small" help:"How large."`
	Tags  []string          `help:"Tags."`
	Pairs map[string]string `help:"Pairs."`
}

func (*trialDo) Run(*console.Screen) error { return nil }

type trialShow struct {
	What string `arg:"" optional:"" help:"What."`
	Deep bool   `help:"Deeply."`
}

func (*trialShow) Run(*console.Screen) error { return nil }

type trialDrop struct {
	First  bool   `required:"" xor:"which" help:"The first."`
	Number int    `required:"" xor:"which" help:"This one."`
	Why    string `required:"" help:"Why."`
}

func (*trialDrop) Run(*console.Screen) error { return nil }

func TestWhatIsTyped(t *testing.T) {
	here, err := filepath.Abs("a")
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("OPENTRM_TRIAL_WHERE", "")
	home := t.TempDir()
	t.Setenv("HOME", home)
	for _, tt := range []struct {
		typed string
		want  any
		wrong string
	}{
		{typed: "do a", want: trialDo{File: here, Count: 3, Size: "small"}},
		{typed: "does - b c --count=-7 --size large", want: trialDo{File: "-", Names: []string{"b", "c"}, Count: -7, Size: "large"}},
		{typed: "--loud do ~/x --tags a,b\\,c --tags d -- --count", want: trialDo{
			File: filepath.Join(home, "x"), Names: []string{"--count"}, Count: 3, Size: "small", Tags: []string{"a", "b,c", "d"},
		}},
		{typed: "do a --pairs k=v;l=w=x", want: trialDo{File: here, Count: 3, Size: "small", Pairs: map[string]string{"k": "v", "l": "w=x"}}},
		{typed: "do", wrong: `expected "<file>"`},
		{typed: "do a --pairs k", wrong: `invalid argument "k" for "--pairs" flag: expected <key>=<value> but got "k"`},
		{typed: "do a --count many", wrong: `invalid argument "many" for "--count" flag: expected a whole number but got "many"`},
		{typed: "do a --size huge", wrong: `--size must be one of "small", "large" but got "huge"`},
		{typed: "do a --cuont 1", wrong: `unknown flag --cuont, did you mean "--count"?`},
		{typed: "do a --count", wrong: "flag needs an argument: --count"},
		{typed: "group", want: trialShow{}},
		{typed: "group it --deep", want: trialShow{What: "it", Deep: true}},
		{typed: "group --deep show it", want: trialShow{What: "it", Deep: true}},
		{typed: "group show it more", wrong: "unexpected argument more"},
		{typed: "group drop --first --why so", want: trialDrop{First: true, Why: "so"}},
		{typed: "group drop --number 2 --why so", want: trialDrop{Number: 2, Why: "so"}},
		{typed: "group drop --first --number 2 --why so", wrong: "--first and --number can't be used together"},
		{typed: "group drop", wrong: "missing flags: --first or --number=INT, --why=STRING"},
		{typed: "", wrong: `expected one of "do", "group"`},
		{typed: "dö", wrong: `unexpected argument dö, did you mean "do"?`},
	} {
		var p trial
		does, err := commandsOf(&p, "trial", "A trial.", io.Discard, io.Discard).parse(strings.Fields(tt.typed))
		said := ""
		if err != nil {
			said = err.Error()
		}
		if tt.want == nil {
			if said != tt.wrong {
				t.Errorf("%q: said %q, want %q", tt.typed, said, tt.wrong)
			}
			continue
		}
		if err != nil {
			t.Errorf("%q: %v", tt.typed, err)
			continue
		}
		if d := cmp.Diff(tt.want, reflect.ValueOf(does).Elem().Interface()); d != "" {
			t.Errorf("%q:\n%s", tt.typed, d)
		}
	}
}

func TestEnvironmentIsAsked(t *testing.T) {
	for said, want := range map[string]string{"there": "there", "": ""} {
		t.Setenv("OPENTRM_TRIAL_WHERE", said)
		for args, want := range map[string]string{"group show": want, "group --where=x show": "x"} {
			var p trial
			if _, err := commandsOf(&p, "trial", "", io.Discard, io.Discard).parse(strings.Fields(args)); err != nil || p.Group.Where != want {
				t.Errorf("%s with %q is %q, want %q; %v", args, said, p.Group.Where, want, err)
			}
		}
	}
}

// TestHelpFits writes the help of the trial as narrow as a telephone.
func TestHelpFits(t *testing.T) {
	t.Setenv("COLUMNS", "44")
	for args, want := range map[string]string{
		"group drop --help": `Usage: trial group drop --first --number=INT --why=STRING [flags]

Drop it.

Flags:
  -h, --help            Show
                        context-sensitive
                        help.
      --loud            Say it loudly.

      --where="here"    Where
                        ($OPENTRM_TRIAL_WHERE).

      --first           The first.
      --number=INT      This one.
      --why=STRING      Why.
`,
		"help group": `Usage: trial group <command> [flags]

More.

Flags:
  -h, --help            Show
                        context-sensitive
                        help.
      --loud            Say it loudly.

      --where="here"    Where
                        ($OPENTRM_TRIAL_WHERE).

Commands:
  group show    Show it.
  group drop    Drop it.
`,
		"do -h": `Usage: trial do (does) <file> [<names> ...] [flags]

Do it.

Arguments:
  <file>           File.
  [<names> ...]    Names.
`,
	} {
		var out bytes.Buffer
		does, err := commandsOf(&trial{}, "trial", "A trial.", &out, io.Discard).parse(strings.Fields(args))
		if err != nil || does != nil || !strings.HasPrefix(out.String(), want) || !strings.HasSuffix(out.String(), console.ExitHelp) {
			t.Errorf("trial %s: %v\n%s", args, err, cmp.Diff(want, out.String()))
		}
	}
}

// TestShellIsHelped asks as the script of a shell does, for commands, flags and the values that there are.
func TestShellIsHelped(t *testing.T) {
	for asked, want := range map[string]string{
		"case tr":              "transfer\tHand",
		"case htcds --purp":    "--purpose\t",
		"case htcds --purpose": "own-system\n",
		"completion":           "zsh\n",
	} {
		args := append([]string{"__complete"}, strings.Fields(asked)...)
		if !strings.Contains(asked, "tr") && !strings.HasSuffix(asked, "purp") {
			args = append(args, "")
		}
		var out, said bytes.Buffer
		if code := Main(args, nil, &out, &said); code != 0 || !strings.Contains(out.String(), want) {
			t.Errorf("%q: %d, %s%s", asked, code, &out, &said)
		}
	}
	for _, shell := range []string{"bash", "zsh", "fish", "powershell"} {
		var out, said bytes.Buffer
		if code := Main([]string{"completion", shell}, nil, &out, &said); code != 0 || !strings.Contains(out.String(), "__complete") {
			t.Errorf("%s: %d, %s", shell, code, &said)
		}
	}
}

// TestAnythingTyped types what means something, in any order: it is taken or refused, and nothing else happens.
func TestAnythingTyped(t *testing.T) {
	words := []string{
		"do", "does", "group", "show", "drop", "help", "a", "", "-", "--", "---", "--=", "-h", "-hh", "--help=x", "--loud", "--loud=no", "--where", "--deep", "--first", "--number",
		"7", "--count=9", "--why", "--tags", "a,\\,b\\", "--pairs", "=;=;", "--size=large", "\xff", "__complete", "__completeNoDesc", "completion",
	}
	rapid.Check(t, func(r *rapid.T) {
		typed := rapid.SliceOfN(rapid.SampledFrom(words), 0, 8).Draw(r, "words")
		does, err := commandsOf(&trial{}, "trial", "", io.Discard, io.Discard).parse(typed)
		if does != nil && err != nil {
			r.Errorf("%q is taken and refused: %v", typed, err)
		}
	})
}
