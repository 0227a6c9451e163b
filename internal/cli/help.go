package cli

import (
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/opentrm/opentrm/internal/console"
)

// writeHelp writes how a command is used, what it takes, which commands it has, and what the exit codes mean.
func (c *command) writeHelp(out io.Writer) error {
	h := &help{width: width(out)}
	root := c
	for root.above != nil {
		root = root.above
	}
	h.line("Usage: " + root.name + " " + c.usage())
	h.paragraphs(c.help)
	if more, ok := c.is.(detailed); ok {
		h.paragraphs(more.Help())
	}
	if len(c.args) > 0 {
		h.line("", "Arguments:")
		var rows [][2]string
		for _, v := range c.args {
			rows = append(rows, [2]string{v.summary(), v.said()})
		}
		h.columns(rows)
	}
	h.line("", "Flags:")
	h.columns(c.flagRows())
	if len(c.below) > 0 {
		h.line("", "Commands:")
		var rows [][2]string
		for _, sub := range c.walk(nil) {
			if len(sub.below) == 0 {
				rows = append(rows, [2]string{sub.path(), sub.help})
			}
		}
		h.columns(rows)
	}
	if c == root {
		h.line("", fmt.Sprintf(`Run "%s <command> --help" for more information on a command.`, root.name))
	}
	_, err := fmt.Fprint(out, h.text.String(), console.ExitHelp)
	return err
}

// width is how many signs fit into a line: as the environment says, or the terminal.
func width(out io.Writer) int {
	if said, ok := os.LookupEnv("COLUMNS"); ok {
		if n, err := strconv.Atoi(said); err == nil {
			return n
		}
	}
	return console.Width(out)
}

// usage is the first line of the help: the command with what must be given.
func (c *command) usage() string {
	words := []string{c.path()}
	if c.above == nil {
		words = nil
	}
	for _, v := range slices.Concat(c.allFlags()...) {
		if v.required {
			words = append(words, v.summary())
		}
	}
	end := ""
	for _, v := range c.args {
		text := v.summary()
		if v.optional {
			text, end = strings.TrimSuffix(text, "]"), end+"]"
		}
		words = append(words, text)
	}
	if len(words) > 0 {
		words[len(words)-1] += end
	}
	if len(c.below) > 0 {
		words = append(words, "<command>")
	}
	return strings.Join(append(words, "[flags]"), " ")
}

func (c *command) flagRows() [][2]string {
	rows := [][2]string{{"-h, --help", "Show context-sensitive help."}}
	for i, flags := range c.allFlags() {
		if i > 0 && len(flags) > 0 {
			rows = append(rows, [2]string{})
		}
		for _, v := range flags {
			if !v.hidden {
				rows = append(rows, [2]string{"    " + v.summary(), v.said()})
			}
		}
	}
	return rows
}

// help is a text as wide as the screen.
type help struct {
	text  strings.Builder
	width int
}

func (h *help) line(lines ...string) {
	for _, l := range lines {
		h.text.WriteString(strings.TrimRight(l, " ") + "\n")
	}
}

// paragraphs writes a text anew at the width of the screen; a stretch that is set in stays as it is, and set in further.
func (h *help) paragraphs(text string) {
	for part := range strings.SplitSeq(strings.Trim(text, "\n"), "\n\n") {
		h.line("")
		if strings.HasPrefix(part, " ") {
			for l := range strings.SplitSeq(part, "\n") {
				h.line("  " + l)
			}
			continue
		}
		h.line(wrapped(part, h.width)...)
	}
}

// columns writes rows of two columns. The first is as wide as it must, and at most a good third; what is longer has a line of its own.
func (h *help) columns(rows [][2]string) {
	const indent, gap = 2, 4
	room := h.width - indent
	most, left := max(375*room/1000, 30), 0
	for _, r := range rows {
		if n := len(r[0]); n < most {
			left = max(left, n)
		}
	}
	before := strings.Repeat(" ", indent)
	for _, r := range rows {
		lines := wrapped(r[1], room-left-gap)
		first := before + r[0]
		if len(r[0]) < most && len(lines) > 0 {
			first, lines = fmt.Sprintf("%s%-*s%s", before, left+gap, r[0], lines[0]), lines[1:]
		}
		h.line(first)
		for _, l := range lines {
			h.line(strings.Repeat(" ", indent+left+gap) + l)
		}
	}
}

// wrapped breaks a text into lines of at most so many signs, at its spaces.
func wrapped(text string, width int) []string {
	var lines []string
	line := ""
	for _, word := range strings.Fields(text) {
		switch {
		case line == "":
			line = word
		case utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) > width:
			lines, line = append(lines, line), word
		default:
			line += " " + word
		}
	}
	if line != "" {
		lines = append(lines, line)
	}
	return lines
}
