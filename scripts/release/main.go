// Command release builds the program as it is released: one static binary, the same in whichever directory.
//
//	go run ./scripts/release OUT
//	go run ./scripts/release -templates DIR
//
// The second writes into DIR only how templates are in the released program, with a file overlay.json by which "go test -overlay" tries them so.
//
// Five things make it smaller than "go build" does and change nothing that it does. The texts of every language are
// packed, and unpacked a language at a time when somebody first speaks it; only what is measured is inlined; functions begin at
// every eighth byte, not at every thirty-second; templates do not ask after each piece whether it was written, as [lean] says; and the driver of PostgreSQL leaves out the arrays of every type that it
// knows, of which no statement has one.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/opentrm/opentrm/internal/lang"
)

func main() {
	do := build
	if len(os.Args) == 3 && os.Args[1] == "-templates" {
		do = templates
	} else if len(os.Args) != 2 || strings.HasPrefix(os.Args[1], "-") {
		fmt.Fprintln(os.Stderr, "usage: go run ./scripts/release OUT | -templates DIR")
		os.Exit(2)
	}
	if err := do(os.Args[len(os.Args)-1]); err != nil {
		fmt.Fprintln(os.Stderr, "release:", err)
		os.Exit(1)
	}
}

// where the texts are in the source, and the packed file that stands for them with the tag "packed,nopgxregisterdefaulttypes".
const (
	texts  = "internal/lang"
	packed = "internal/lang/texts.zip"
)

func build(out string) (err error) {
	dir, err := os.MkdirTemp("", "opentrm-release-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	b, err := lang.Pack(os.DirFS(texts))
	if err != nil {
		return err
	}
	file, overlay := filepath.Join(dir, "texts.zip"), filepath.Join(dir, "overlay.json")
	wanted, err := filepath.Abs(packed)
	if err != nil {
		return err
	}
	if err := errors.Join(os.WriteFile(file, b, 0o600), lay(dir, map[string]string{wanted: file})); err != nil {
		return err
	}
	// The directory of the overlay is not in the program: what is embedded has the name that it has in the source.
	args := []string{"build", "-trimpath", "-tags", "packed,nopgxregisterdefaulttypes", "-overlay", overlay, "-ldflags", "-s -w -funcalign=8", "-gcflags", "all=-l", "-o", out}
	for _, of := range inlined() {
		args = append(args, "-gcflags", of+"=")
	}
	cmd := exec.Command("go", append(args, "./cmd/opentrm")...)
	cmd.Env = append(cmd.Environ(), "CGO_ENABLED=0")
	cmd.Stdout, cmd.Stderr = os.Stderr, os.Stderr
	return cmd.Run()
}

// templates writes into dir how templates are released, and the overlay.
func templates(dir string) error { return lay(dir, map[string]string{}) }

// lay writes the templates into dir, and an overlay that puts them and instead in the place of what is in the source.
func lay(dir string, instead map[string]string) error {
	if err := leaned(dir, instead); err != nil {
		return err
	}
	replace, err := json.Marshal(map[string]map[string]string{"Replace": instead})
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, "overlay.json"), replace, 0o600)
}

// inlined names the packages in which the compiler may inline: what the benchmarks measure, and what that rests on. The rest waits for
// people, files and lines, and is a tenth smaller without.
func inlined() []string {
	of := []string{
		"bufio", "bytes", "crypto/...", "database/...", "encoding/...", "hash/...", "internal/...", "io", "math/...", "runtime/...",
		"slices", "sort", "strconv", "strings", "sync/...", "unicode/...", "vendor/...",
		"github.com/go-json-experiment/...", "github.com/ncruces/...", "golang.org/x/crypto/...",
	}
	for _, name := range []string{
		"access", "audit", "envelope", "exchange", "fold", "frame", "id", "keyring", "pace", "seal", "search", "store",
	} {
		of = append(of, "github.com/opentrm/opentrm/internal/"+name+"/...")
	}
	return of
}
