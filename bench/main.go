// Command bench measures carpool on a fleet beside the least that the same work
// costs any program, in one run on one machine, and prints the ratios.
//
//	go run ./bench              10,000 hosts, as BENCHMARKS.md shows it
//	go run ./bench -hosts 1000  a smaller fleet
package main

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

func main() {
	if len(os.Args) == 4 && os.Args[1] == "floor" { // run by this command itself
		exitOn(floor(os.Args[2], os.Args[3]))
		return
	}
	hosts := flag.Int("hosts", 10_000, "hosts of the fleet, in pairs")
	times := flag.Int("times", 3, "how often each thing is measured; the least counts")
	dir := flag.String("dir", "", "the folder to work in, which names the disk that is measured (default: the one for temporary files)")
	binary := flag.String("carpool", "", "the carpool to measure (default: build it)")
	flag.Parse()
	exitOn(measure(*hosts, *times, *dir, *binary))
}

func exitOn(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func measure(hosts, times int, dir, binary string) error {
	dir, err := os.MkdirTemp(dir, "carpool-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	if binary == "" {
		binary = filepath.Join(dir, "carpool")
		if out, err := exec.Command("go", "build", "-o", binary, "carpool/cmd/carpool").CombinedOutput(); err != nil {
			return fmt.Errorf("go build: %w\n%s", err, out)
		}
	}
	r := &runner{dir: dir, carpool: binary, times: times}
	costs, err := r.all(hosts)
	if err != nil {
		return err
	}
	costs.print(os.Stdout, hosts)
	return nil
}
