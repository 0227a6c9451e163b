package node_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/opentrm/opentrm/internal/node"
)

// tree writes what a Linux machine shows of its devices: files by their content, links by "-> ".
func tree(t *testing.T, files map[string]string) string {
	t.Helper()
	root := t.TempDir()
	for name, text := range files {
		path := filepath.Join(root, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		var err error
		if to, link := strings.CutPrefix(text, "-> "); link {
			err = os.Symlink(filepath.FromSlash(to), path)
		} else {
			err = os.WriteFile(path, []byte(text), 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return root
}

func TestVolumeOf(t *testing.T) {
	const (
		plainDisk = "22 1 8:2 / / rw,relatime shared:1 - ext4 /dev/sda2 rw\n"
		data      = "40 22 253:1 / /var/lib/open\\040trm rw shared:9 master:2 - ext4 /dev/mapper/data rw\n"
		path      = "/var/lib/open trm/mk"
		luks      = "CRYPT-LUKS2-0123456789abcdef-data\n"
	)
	disk := map[string]string{
		"sys/dev/block/8:2":                  "-> ../../devices/pci/sda/sda2",
		"sys/devices/pci/sda/sda2/partition": "2\n",
		"sys/devices/pci/sda/size":           "1000\n",
	}
	mapped := func(n, uuid string, below ...string) map[string]string {
		m := map[string]string{"sys/devices/virtual/block/dm-" + n + "/dm/uuid": uuid}
		for _, b := range below {
			m["sys/devices/virtual/block/dm-"+n+"/slaves/"+filepath.Base(b)] = "-> ../../../../" + b
		}
		return m
	}
	first := map[string]string{"sys/dev/block/253:1": "-> ../../devices/virtual/block/dm-1"}
	all := func(mounts string, parts ...map[string]string) map[string]string {
		m := map[string]string{"proc/self/mountinfo": mounts}
		for _, p := range append(parts, disk) {
			for k, v := range p {
				m[k] = v
			}
		}
		return m
	}
	for name, c := range map[string]struct {
		files map[string]string
		want  node.Volume
	}{
		"nothing is shown":                {map[string]string{"etc/hostname": "x"}, node.Unknown},
		"a partition":                     {all(plainDisk), node.Clear},
		"LUKS on a partition":             {all(plainDisk+data, first, mapped("1", luks, "pci/sda/sda2")), node.Encrypted},
		"plain dm-crypt":                  {all(plainDisk+data, first, mapped("1", "CRYPT-PLAIN-data\n", "pci/sda/sda2")), node.Encrypted},
		"LVM on LUKS":                     {all(plainDisk+data, first, mapped("1", "LVM-abc\n", "virtual/block/dm-0"), mapped("0", luks, "pci/sda/sda2")), node.Encrypted},
		"LVM on a partition":              {all(plainDisk+data, first, mapped("1", "LVM-abc\n", "pci/sda/sda2")), node.Clear},
		"LVM half on LUKS":                {all(plainDisk+data, first, mapped("1", "LVM-abc\n", "virtual/block/dm-0", "pci/sda/sda2"), mapped("0", luks, "pci/sda/sda2")), node.Clear},
		"LVM on clear and on unknown":     {all(plainDisk+data, first, mapped("1", "LVM-abc\n", "pci/sda/sda2", "pci/zzz/zzz")), node.Clear},
		"LVM on LUKS and on unknown":      {all(plainDisk+data, first, mapped("1", "LVM-abc\n", "virtual/block/dm-0", "pci/zzz/zzz"), mapped("0", luks, "pci/sda/sda2")), node.Unknown},
		"integrity is no encryption":      {all(plainDisk+data, first, mapped("1", "CRYPT-INTEGRITY-x\n", "pci/sda/sda2")), node.Clear},
		"verity is no encryption":         {all(plainDisk+data, first, mapped("1", "CRYPT-VERITY-x\n", "pci/sda/sda2")), node.Clear},
		"integrity on LUKS":               {all(plainDisk+data, first, mapped("1", "CRYPT-INTEGRITY-x\n", "virtual/block/dm-0"), mapped("0", luks, "pci/sda/sda2")), node.Encrypted},
		"a partition of a RAID on LUKS":   {all("22 1 259:3 / / rw - ext4 /dev/md0p1 rw\n", mapped("0", luks, "pci/sda/sda2"), map[string]string{"sys/dev/block/259:3": "-> ../../devices/virtual/block/md0/md0p1", "sys/devices/virtual/block/md0/md0p1/partition": "1\n", "sys/devices/virtual/block/md0/slaves/dm-0": "-> ../../dm-0"}), node.Encrypted},
		"a mount over the encrypted one":  {all(plainDisk+data+"41 22 8:2 /x /var/lib/open\\040trm rw - ext4 /dev/sda2 rw\n", first, mapped("1", luks, "pci/sda/sda2")), node.Clear},
		"a mount beside it":               {all(plainDisk+"40 22 253:1 / /var/lib/open rw - ext4 /dev/mapper/data rw\n", first, mapped("1", luks, "pci/sda/sda2")), node.Clear},
		"a file that is mounted":          {all(plainDisk+data+"44 22 7:0 / /var/lib/open\\040trm/mk rw - ext4 /dev/loop0 rw\n", first, mapped("1", luks, "pci/sda/sda2"), map[string]string{"sys/dev/block/7:0/loop/backing_file": "/var/lib/open trm/image\n"}), node.Encrypted},
		"a file mounted from a clear one": {all(plainDisk+"44 22 7:0 / /var/lib rw - ext4 /dev/loop0 rw\n", map[string]string{"sys/dev/block/7:0/loop/backing_file": "/srv/image\n"}), node.Clear},
		"a file mounted upon itself":      {all("44 22 7:0 / / rw - ext4 /dev/loop0 rw\n", map[string]string{"sys/dev/block/7:0/loop/backing_file": "/srv/image\n"}), node.Unknown},
		"memory":                          {all(plainDisk + "30 22 0:25 / /var/lib rw - tmpfs tmpfs rw\n"), node.Memory},
		"an overlay":                      {all("22 1 0:30 / / rw - overlay overlay rw,lowerdir=/x\n"), node.Unknown},
		"a network":                       {all(plainDisk + "30 22 0:44 / /var/lib rw - nfs4 server:/x rw\n"), node.Unknown},
		"a device that is not shown":      {all("22 1 8:9 / / rw - ext4 /dev/sda9 rw\n"), node.Unknown},
		"a line cut short":                {all("22 1 8:2 / / rw\n"), node.Unknown},
		"btrfs on LUKS": {all("22 1 0:27 /@ / rw - btrfs /dev/mapper/root rw\n", mapped("1", luks, "pci/sda/sda2"), map[string]string{
			"dev/mapper/root": "-> ../dm-1", "dev/dm-1": "", "sys/fs/btrfs/uuid/devices/dm-1": "-> ../../../../devices/virtual/block/dm-1",
		}), node.Encrypted},
		"btrfs on two, one of them clear": {all("22 1 0:27 /@ / rw - btrfs /dev/mapper/root rw\n", mapped("1", luks, "pci/sda/sda2"), map[string]string{
			"dev/mapper/root": "-> ../dm-1", "dev/dm-1": "", "sys/fs/btrfs/uuid/devices/dm-1": "-> ../../../../devices/virtual/block/dm-1",
			"sys/fs/btrfs/uuid/devices/sda2": "-> ../../../../devices/pci/sda/sda2",
		}), node.Clear},
	} {
		if got := node.VolumeOf(tree(t, c.files), path); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}
