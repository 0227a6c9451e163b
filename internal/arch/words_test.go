package arch

import (
	"bytes"
	"fmt"
	"io/fs"
	"regexp"
	"strings"
)

// unwanted are patterns that no committed text may hold, each with its reason. Brackets keep this list from
// finding itself.
const unwanted = `
	/[w]ork/                        | a directory of one machine
	/[r]oot/                        | a directory of one machine
	/[h]ome/[a-z]                   | a directory of one machine
	/[U]sers/[a-z]                  | a directory of one machine
	/[t]mp/s\b                      | a directory of one machine
	[p]roxy\.golang\.org            | where modules come from is the reader's choice
	[s]um\.golang\.org              | where modules come from is the reader's choice
	[r]egistry\.npmjs               | where packages come from is the reader's choice: keep resolved addresses out of lock files
	[f]iles\.pythonhosted           | where packages come from is the reader's choice
	[d]eb\.debian\.org              | where packages come from is the reader's choice
	(?i)\b[c]laude\b                | the code speaks about its subject, not about how it was written
	(?i)\b[c]hatgpt\b               | the code speaks about its subject, not about how it was written
	(?i)\b[a]nthropic\b             | the code speaks about its subject, not about how it was written
	(?i)\b[o]penai\b                | the code speaks about its subject, not about how it was written
	(?i)\b[c]opilot\b               | the code speaks about its subject, not about how it was written
	(?i)\bai [a]ssistant            | the code speaks about its subject, not about how it was written
	(?i)\blanguage [m]odel          | the code speaks about its subject, not about how it was written
	(?i)\bsub-?[a]gents?\b          | the code speaks about its subject, not about how it was written
	(?i)\b[c]o-authored-by          | the code speaks about its subject, not about how it was written
	(?i)\bgenerated with [a-z]* ?ai\b | the code speaks about its subject, not about how it was written
	(?i)\b(my|previous|earlier|next|other) [s]ession\b.{0,40}\b(helper|lead|brief) | the code speaks about its subject, not about how it was written
	\b[b]rief\.md\b                 | a document that is not here
	\bissues [s]how\b               | a tool that is not here
`

// word is one unwanted pattern.
type word struct {
	re  *regexp.Regexp
	why string
}

func parseWords(text string) (words []word, err error) {
	for line := range strings.Lines(text) {
		if strings.TrimSpace(line) == "" {
			continue
		}
		i := strings.LastIndex(line, "|")
		if i < 0 || strings.TrimSpace(line[i+1:]) == "" {
			return nil, fmt.Errorf("%q needs a reason", strings.TrimSpace(line))
		}
		re, err := regexp.Compile(strings.TrimSpace(line[:i]))
		if err != nil {
			return nil, err
		}
		words = append(words, word{re, strings.TrimSpace(line[i+1:])})
	}
	return words, nil
}

// checkWords finds unwanted words in every text file, whatever its kind.
func checkWords(fsys fs.FS, words []word) (bad []string, err error) {
	err = fs.WalkDir(fsys, ".", func(p string, e fs.DirEntry, err error) error {
		if err != nil {
			return nil // gone while walking
		}
		if e.IsDir() {
			if p != "." && (e.Name() == ".git" || e.Name() == "node_modules" || e.Name() == "dist") {
				return fs.SkipDir
			}
			return nil
		}
		if !e.Type().IsRegular() || p == ".git" { // in a linked tree it is a file that names a directory
			return nil
		}
		info, err := e.Info()
		if err != nil || info.Size() > 8<<20 {
			return nil
		}
		data, err := fs.ReadFile(fsys, p)
		if err != nil || bytes.IndexByte(data[:min(len(data), 8000)], 0) >= 0 {
			return nil // gone, or not text
		}
		for _, w := range words {
			if at := w.re.FindIndex(data); at != nil {
				line := 1 + bytes.Count(data[:at[0]], []byte("\n"))
				bad = append(bad, fmt.Sprintf("%s:%d: %q: %s", p, line, data[at[0]:at[1]], w.why))
			}
		}
		return nil
	})
	return bad, err
}
