package cli

import (
	"encoding"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/pflag"
)

// value is a flag or an argument: a field of the struct of its command, which says in its tags what may be given and what it means.
//
//	arg:""          an argument; a flag otherwise
//	name, help      its name where the field's would not do, and what it means
//	required:""     a flag that must be given; optional:"" an argument that need not
//	default, env    what counts where nothing was given: the variable of the environment comes first
//	enum            the values that there are
//	xor             flags of which only one can be given; if they are required, one must
//	type            path (of a file, made absolute), existingfile or existingdir
//	placeholder     what stands for the value in the help
type value struct {
	to                              reflect.Value
	name, help, kind, env, holder   string
	preset                          string // what counts if nothing is given
	has                             bool   // a preset
	arg, required, optional, hidden bool
	set                             bool
	enum, xor                       []string
}

var _ pflag.Value = (*value)(nil)

func valueOf(f reflect.StructField, to reflect.Value) *value {
	v := &value{to: to, name: f.Tag.Get("name"), help: f.Tag.Get("help"), kind: f.Tag.Get("type"), env: f.Tag.Get("env"), holder: f.Tag.Get("placeholder")}
	if v.name == "" {
		v.name = dashed(f.Name)
	}
	v.preset, v.has = f.Tag.Lookup("default")
	_, v.arg = f.Tag.Lookup("arg")
	_, v.required = f.Tag.Lookup("required")
	_, v.optional = f.Tag.Lookup("optional")
	_, v.hidden = f.Tag.Lookup("hidden")
	v.required = (v.required || v.arg && !v.optional) && !v.has
	v.enum, v.xor = list(f.Tag.Get("enum")), list(f.Tag.Get("xor"))
	return v
}

func list(tag string) []string {
	if tag == "" {
		return nil
	}
	return strings.Split(tag, ",")
}

// dashed writes the name of a field as that of a flag: SecretFile is secret-file, and CSVFile csv-file.
func dashed(name string) string {
	var out strings.Builder
	small := func(i int) bool { return i < len(name) && name[i] >= 'a' && name[i] <= 'z' }
	for i := range len(name) {
		if i > 0 && !small(i) && (small(i-1) || small(i+1)) {
			out.WriteByte('-')
		}
		out.WriteByte(name[i])
	}
	return strings.ToLower(out.String())
}

// many reports whether a value can be given more than once.
func (v *value) many() bool { return v.to.Kind() == reflect.Map || v.list() }

func (v *value) list() bool { return v.to.Kind() == reflect.Slice && v.to.Type().Name() == "" }

func (v *value) boolean() bool { return v.to.Kind() == reflect.Bool }

// String is asked by package pflag, for its own help, which nobody reads.
func (v *value) String() string { return "" }

// Type names the kind of the value, for package pflag.
func (v *value) Type() string {
	if v.boolean() {
		return "bool"
	}
	return "string"
}

// Set takes what was typed. A flag that takes several has them between commas, too.
func (v *value) Set(s string) error {
	v.set = true
	switch {
	case v.to.Kind() == reflect.Map:
		for _, pair := range parted(s, ';') {
			key, said, ok := strings.Cut(pair, "=")
			if !ok {
				return fmt.Errorf("expected <key>=<value> but got %q", pair)
			}
			if v.to.IsNil() {
				v.to.Set(reflect.MakeMap(v.to.Type()))
			}
			v.to.SetMapIndex(reflect.ValueOf(key), reflect.ValueOf(said))
		}
		return nil
	case v.list():
		all := []string{s}
		if !v.arg {
			all = parted(s, ',')
		}
		for _, one := range all {
			item := reflect.New(v.to.Type().Elem()).Elem()
			if err := v.put(item, one); err != nil {
				return err
			}
			v.to.Set(reflect.Append(v.to, item))
		}
		return nil
	}
	return v.put(v.to, s)
}

// parted splits what was typed at a sign, where no \ stands before it.
func parted(s string, sep byte) []string {
	var all []string
	var part strings.Builder
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '\\' && i+1 < len(s) && s[i+1] == sep:
			i++
			part.WriteByte(sep)
		case s[i] == sep:
			all = append(all, part.String())
			part.Reset()
		default:
			part.WriteByte(s[i])
		}
	}
	if s == "" {
		return nil
	}
	return append(all, part.String())
}

func (v *value) put(to reflect.Value, s string) error {
	if u, ok := to.Addr().Interface().(encoding.TextUnmarshaler); ok {
		return u.UnmarshalText([]byte(s))
	}
	switch to.Kind() {
	case reflect.String:
		said, err := v.path(s)
		to.SetString(said)
		return err
	case reflect.Bool:
		b, err := strconv.ParseBool(s)
		to.SetBool(b)
		if err != nil {
			return fmt.Errorf("expected true or false but got %q", s)
		}
		return nil
	case reflect.Int, reflect.Int64:
		n, err := strconv.ParseInt(s, 10, to.Type().Bits())
		to.SetInt(n)
		if err != nil {
			return fmt.Errorf("expected a whole number but got %q", s)
		}
		return nil
	}
	return fmt.Errorf("%s cannot be typed", to.Type()) // TestEveryValueCanBeTyped finds it
}

// path makes a path absolute and looks whether what must be there is there.
func (v *value) path(s string) (string, error) {
	if v.kind == "" || s == "-" && v.kind != "existingdir" || s == "" && v.has {
		return s, nil
	}
	if rest, ok := strings.CutPrefix(s, "~/"); ok {
		if home, err := os.UserHomeDir(); err == nil {
			s = filepath.Join(home, rest)
		}
	}
	if full, err := filepath.Abs(s); err == nil {
		s = full
	}
	if v.kind == "path" {
		return s, nil
	}
	is, err := os.Stat(s)
	switch {
	case err != nil:
		return s, err
	case v.kind == "existingfile" && is.IsDir():
		return s, fmt.Errorf("%q exists but is a directory", s)
	case v.kind == "existingdir" && !is.IsDir():
		return s, fmt.Errorf("%q exists but is not a directory", s)
	}
	return s, nil
}

// settle gives a value that was not given what the environment says, or its preset, and looks whether it is one of those that there are.
func (v *value) settle() error {
	if !v.set {
		said, from, there := v.preset, "", v.has
		if v.env != "" {
			if of, ok := os.LookupEnv(v.env); ok {
				said, from, there = of, fmt.Sprintf(" (from $%s)", v.env), true
			}
		}
		if !there {
			return nil
		}
		if err := v.Set(said); err != nil {
			return fmt.Errorf("%s: %w%s", v.short(), err, from)
		}
	}
	for _, one := range v.all() {
		if v.enum != nil && !slices.Contains(v.enum, one) {
			return fmt.Errorf("%s must be one of %s but got %q", v.short(), quoted(v.enum), one)
		}
	}
	return nil
}

// all returns what was given.
func (v *value) all() []string {
	if !v.list() {
		return []string{fmt.Sprint(v.to)}
	}
	var all []string
	for i := range v.to.Len() {
		all = append(all, fmt.Sprint(v.to.Index(i)))
	}
	return all
}

func quoted(all []string) string {
	out := make([]string, len(all))
	for i, one := range all {
		out[i] = strconv.Quote(one)
	}
	return strings.Join(out, ", ")
}

// short names the value in a complaint.
func (v *value) short() string {
	if v.arg {
		return v.summary()
	}
	return "--" + v.name
}

// summary writes the value as the usage of its command has it: --to=DESK, <case>, [<file>].
func (v *value) summary() string {
	switch {
	case !v.arg && v.boolean():
		return "--" + v.name
	case !v.arg:
		return "--" + v.name + "=" + v.stands()
	}
	text := "<" + v.name + ">"
	if v.many() {
		text += " ..."
	}
	if !v.required {
		text = "[" + text + "]"
	}
	return text
}

// stands is what stands for the value of a flag in the help.
func (v *value) stands() string {
	more := ""
	if v.list() && v.kind == "" {
		more = ",..."
	}
	switch {
	case v.holder != "":
		return v.holder + more
	case v.has && v.to.Kind() == reflect.String:
		return strconv.Quote(v.preset)
	case v.has:
		return v.preset + more
	case v.to.Kind() == reflect.Map:
		return "KEY=VALUE;..."
	case v.to.Type().Name() != "":
		return strings.ToUpper(dashed(v.to.Type().Name()))
	}
	return strings.ToUpper(v.name) + more
}

// said is what the help says of the value.
func (v *value) said() string {
	if v.env == "" {
		return v.help
	}
	before, dot := strings.CutSuffix(v.help, ".")
	text := strings.TrimSpace(before + " ($" + v.env + ")")
	if dot {
		text += "."
	}
	return text
}

// missing looks which flags must be given, and were not, and which cannot be given together.
func missing(flags []*value) error {
	first, asked := map[string]*value{}, map[string][]string{}
	var lack, groups []string
	for _, v := range flags {
		for _, group := range v.xor {
			switch {
			case v.set && first[group] != nil:
				return fmt.Errorf("--%s and --%s can't be used together", first[group].name, v.name)
			case v.set:
				first[group] = v
			case v.required:
				if asked[group] == nil {
					groups = append(groups, group)
				}
				asked[group] = append(asked[group], v.summary())
			}
		}
		if v.required && !v.set && v.xor == nil {
			lack = append(lack, v.summary())
		}
	}
	for _, group := range groups {
		if first[group] == nil {
			lack = append(lack, strings.Join(asked[group], " or "))
		}
	}
	if len(lack) == 0 {
		return nil
	}
	slices.Sort(lack)
	return errors.New("missing flags: " + strings.Join(lack, ", "))
}
