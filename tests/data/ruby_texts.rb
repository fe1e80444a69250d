# Writes ruby_texts.json: how Ruby 3.1 writes a list of one value. Run: LANG=C.UTF-8 ruby ruby_texts.rb
require "json"

strings = ["", "a b", "q\"q", "back\\slash", "\#{x}", "\#$x", "\#@x", "# x", "#", "tab\tnew\ncr\r",
           "\e\a\b\f\v", "\u0000\u0001\u001f\u007f", "é日本😀", "\u0085\u00a0\u200b", "it's", "|"]
symbols = %w[a A _a a1 a? a! a= a?= 9a a-b @a @@a $a @ $ + - +@ -@ ! != !~ % & * ** / < << <= <=>
             == === =~ > >= >> [] []= ^ ` | ~ && || = a.b é] + ["a b", "", "q\"q", "[]?", "\n"]
floats = [0.0, -0.0, 1.0, -1.5, 0.1, 1e-4, 9.999e-5, 1e14, 999999999999999.0, 1e15, 1.5e15, 1e16, 1e22, 1e23,
          1e100, 5e-324, 1.7976931348623157e308, 123456.789, 0.00012, 2.0**70, 1e-10, 1424953923781206.25, 1424953923781206.75,
          1234567890123456.0, 4503599627370497.5, 999999999999999.9, 2251799813685249.25, 9007199254740993.0,
          Float::INFINITY, -Float::INFINITY, Float::NAN]

rows = strings.map { |s| [{ t: "str", v: s }, s] } +
       symbols.map { |s| [{ t: "sym", v: s }, s.to_sym] } +
       floats.map { |f| [{ t: "float", v: f.to_s, bits: format("%016x", [f].pack("G").unpack1("Q>")) }, f] } +
       [[{ t: "nil" }, nil], [{ t: "bool", v: true }, true], [{ t: "int", v: "-7" }, -7],
        [{ t: "hash", v: [[{ t: "nil" }, { t: "nil" }], [{ t: "sym", v: "a b" }, { t: "array", v: [] }]] },
         { nil => nil, "a b": [] }]]

path = File.join(__dir__, "ruby_texts.json")
File.write(path, "[\n" + rows.map { |value, ruby| JSON.generate({ value: value, list: [ruby].inspect }) }.join(",\n") + "\n]\n")
