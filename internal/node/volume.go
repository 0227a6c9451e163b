package node

import (
	"bufio"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// Volume says what can be seen of where a file or a directory rests.
type Volume string

// What there is to see. Disks that encrypt by themselves and hosts that do it below the machine are not seen.
const (
	Encrypted Volume = "encrypted by dm-crypt"
	Clear     Volume = "no encryption is seen"
	Memory    Volume = "in memory"
	Unknown   Volume = "cannot tell from here"
)

// VolumeOf looks at the block device under an absolute path without symbolic links, as Linux shows it in the files under
// root, "/": [Encrypted] if everything that is written there passes through dm-crypt, whatever lies between (LVM, RAID,
// partitions, a file that is mounted). Where the system does not show it, and for file systems without a block device of
// their own (a network's, an overlay's, ZFS), it is [Unknown].
func VolumeOf(root, path string) Volume {
	return system{root, 0}.path(path)
}

// system is the tree in which a system shows its devices.
type system struct {
	root  string
	depth int // of devices upon devices
}

// deepest is more than any machine stacks; what is deeper goes in a circle.
const deepest = 16

func (s system) at(parts ...string) string {
	return filepath.Join(append([]string{s.root}, parts...)...)
}

// mount is a line of /proc/self/mountinfo.
type mount struct{ point, device, kind, source string }

// mounts returns the mount under a path: the longest point above it, and of those the last.
func (s system) mount(path string) (best mount, found bool) {
	f, err := os.Open(s.at("proc", "self", "mountinfo"))
	if err != nil {
		return best, false
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		fields := strings.Fields(lines.Text())
		dash := 0
		for i := 6; i < len(fields) && dash == 0; i++ { // optional fields end with a dash
			if fields[i] == "-" {
				dash = i
			}
		}
		if dash == 0 || len(fields) < dash+3 {
			continue
		}
		m := mount{plain(fields[4]), fields[2], fields[dash+1], plain(fields[dash+2])}
		above := m.point == "/" || path == m.point || strings.HasPrefix(path, m.point+"/")
		if above && len(m.point) >= len(best.point) {
			best, found = m, true
		}
	}
	return best, found
}

// plain undoes how the kernel writes blanks in names: \040.
func plain(name string) string {
	var out strings.Builder
	for i := 0; i < len(name); i++ {
		if name[i] == '\\' && i+3 < len(name) {
			if n, err := strconv.ParseUint(name[i+1:i+4], 8, 8); err == nil {
				out.WriteByte(byte(n))
				i += 3
				continue
			}
		}
		out.WriteByte(name[i])
	}
	return out.String()
}

func (s system) path(path string) Volume {
	if s.depth > deepest {
		return Unknown
	}
	m, ok := s.mount(path)
	switch {
	case !ok:
		return Unknown
	case m.kind == "tmpfs", m.kind == "ramfs":
		return Memory
	case m.kind == "btrfs":
		return s.btrfs(m.source)
	case strings.HasPrefix(m.device, "0:"):
		return Unknown
	}
	return s.device(s.at("sys", "dev", "block", m.device))
}

// btrfs looks at every device of a file system, of which a mount names one.
func (s system) btrfs(source string) Volume {
	node, err := filepath.EvalSymlinks(s.at(source))
	if err != nil {
		return Unknown
	}
	of, err := filepath.Glob(s.at("sys", "fs", "btrfs", "*", "devices", filepath.Base(node)))
	if err != nil || len(of) != 1 {
		return Unknown
	}
	return s.all(filepath.Dir(of[0]))
}

// device looks at a device by its directory in /sys.
func (s system) device(dir string) Volume {
	if s.depth++; s.depth > deepest {
		return Unknown
	}
	dir, err := filepath.EvalSymlinks(dir)
	if err != nil {
		return Unknown
	}
	if crypt(dir) {
		return Encrypted
	}
	if b, err := os.ReadFile(filepath.Join(dir, "loop", "backing_file")); err == nil {
		return s.path(strings.TrimSuffix(string(b), "\n"))
	}
	if below, err := os.ReadDir(filepath.Join(dir, "slaves")); err == nil && len(below) > 0 {
		return s.all(filepath.Join(dir, "slaves"))
	}
	if _, err := os.Stat(filepath.Join(dir, "partition")); err == nil {
		return s.device(filepath.Dir(dir)) // the whole disk may be made of others
	}
	return Clear
}

// crypt reports whether a device is dm-crypt. Device mappers that check and do not encrypt bear the same prefix.
func crypt(dir string) bool {
	b, err := os.ReadFile(filepath.Join(dir, "dm", "uuid"))
	if err != nil || !strings.HasPrefix(string(b), "CRYPT-") {
		return false
	}
	for _, other := range []string{"CRYPT-VERITY-", "CRYPT-INTEGRITY-", "CRYPT-SUBDEV-"} {
		if strings.HasPrefix(string(b), other) {
			return false
		}
	}
	return true
}

// all looks at several devices that hold one thing together: it is as well kept as the worst.
func (s system) all(dir string) Volume {
	names, err := os.ReadDir(dir)
	if err != nil || len(names) == 0 {
		return Unknown
	}
	worst := Encrypted
	for _, n := range names {
		switch v := s.device(filepath.Join(dir, n.Name())); {
		case v == Clear:
			return Clear
		case v != Encrypted:
			worst = v
		}
	}
	return worst
}
