package trace

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

var (
	// Patterns of the scripts for "alias:ADDRESS:OPTIONS"; a colon has to follow a range.
	inetRange  = regexp.MustCompile(`(?s):.*[0-9]-[0-9].*:`)
	inet6Range = regexp.MustCompile(`(?s):.*[0-9a-zA-Z]-[0-9a-zA-Z].*:`)
	inet6Wrong = regexp.MustCompile(`(?s):.*--.*:`)
	rangePart  = regexp.MustCompile(`^[0-9].*-[0-9]`)
	lengthPart = regexp.MustCompile(`/[0-9]\S*$`)
)

// maxRanges bounds the addresses that all ranges of a host may give.
const maxRanges = 20000

// expandRange is ifalias_expand_addr: it turns words after the family word into words that
// begin with it, one address after the other.
func (n *netif) expandRange(family string, words []string) []string {
	if len(words) == 0 {
		return nil
	}
	switch family {
	case "inet":
		return n.expandInet(words[0], words[1:], 0)
	case "inet6":
		return n.expandInet6(words[0], words[1:], 0)
	}
	return nil
}

// finished is an address without a range: with "netmask" or "prefixlen" its length goes.
func finished(family, mask, address string, rest []string) []string {
	if strings.Contains(strings.Join(rest, " "), mask) {
		address = lengthPart.ReplaceAllString(address, "")
	}
	return append([]string{family, address}, rest...)
}

// rangeLimit is netif_ipexpand_max; 9 has a fixed number.
func (n *netif) rangeLimit() int {
	if !n.release.AtLeast(10, 0) {
		return 31
	}
	if v, err := strconv.Atoi(n.cfg.Value("netif_ipexpand_max")); err == nil && v < 1<<16 {
		return v
	}
	return 2048
}

// expandInet is ifalias_expand_addr_inet. The first address keeps its length, all others
// get /32.
func (n *netif) expandInet(address string, rest []string, depth int) []string {
	all := "alias:" + address + ":" + strings.Join(rest, " ")
	if strings.Contains(all, "--") {
		return nil
	}
	if n.ranges++; n.ranges > maxRanges {
		return nil
	}
	if !inetRange.MatchString(all) || depth > maxAliasDepth {
		return finished("inet", "netmask", address, rest)
	}
	ip, length, found := strings.Cut(address, "/")
	if !found {
		length = "32"
	}
	var head, tail []string
	span := ""
	for _, part := range strings.Split(ip, ".") {
		switch {
		case span == "" && rangePart.MatchString(part):
			span = part
		case span == "":
			head = append(head, part)
		default:
			tail = append(tail, part)
		}
	}
	var out []string
	for _, number := range n.numbers(span) {
		full := strings.Join(append(append(append([]string{}, head...), number), tail...), ".") + "/" + length
		out = append(out, n.expandInet(full, rest, depth+1)...)
		length = "32"
	}
	return out
}

// numbers counts from the first to the last number of a range as sh(1) does: test(1) compares
// decimal numbers, and $((…)) takes those that begin with 0 for octal.
func (n *netif) numbers(span string) []string {
	i := strings.LastIndexByte(span, '-')
	if i < 0 {
		return nil
	}
	_, last, _ := strings.Cut(span, "-")
	high, err := strconv.Atoi(last)
	if err != nil {
		return nil
	}
	text := span[:i]
	start, err := strconv.ParseInt(text, 0, 32)
	if err != nil {
		return nil
	}
	var list []string
	for value := start; ; value++ {
		decimal, err := strconv.Atoi(text)
		if err != nil || decimal > high {
			return list
		}
		list = append(list, text)
		if int64(decimal) > start+int64(n.rangeLimit()) {
			return list
		}
		text = strconv.FormatInt(value+1, 10)
	}
}

// expandInet6 is ifalias_expand_addr_inet6 for addresses that are not of the form ::1.2.3.4.
func (n *netif) expandInet6(address string, rest []string, depth int) []string {
	all := "alias:" + address + ":" + strings.Join(rest, " ")
	if inet6Wrong.MatchString(all) {
		return nil
	}
	if n.ranges++; n.ranges > maxRanges {
		return nil
	}
	if !inet6Range.MatchString(all) || depth > maxAliasDepth {
		return finished("inet6", "prefixlen", address, rest)
	}
	ip, length, found := strings.Cut(address, "/")
	if !found {
		length = "64"
	}
	left, right := ip, ip
	if i := strings.LastIndexByte(ip, '-'); i >= 0 {
		left = ip[:i]
	}
	if i := strings.IndexByte(ip, '-'); i >= 0 {
		right = ip[i+1:]
	}
	lowText := left[strings.LastIndexByte(left, ':')+1:]
	highText, tail, more := strings.Cut(right, ":")
	if i := strings.LastIndexByte(left, ':'); i >= 0 {
		left = left[:i]
	}
	if more {
		tail = ":" + tail
	}
	low, errLow := strconv.ParseInt(lowText, 16, 32)
	high, errHigh := strconv.ParseInt(highText, 16, 32)
	if errLow != nil || errHigh != nil {
		return nil
	}
	var out []string
	for i := low; i <= high && i <= low+int64(n.rangeLimit())+1; i++ {
		out = append(out, n.expandInet6(fmt.Sprintf("%s:%04x%s/%s", left, i, tail, length), rest, depth+1)...)
	}
	return out
}
