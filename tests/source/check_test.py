#!/usr/bin/env -S python3 -B
"""What check.py and scopes.py see, and what they must not see."""

import unittest

import check
import scopes


def found(text, kind):
    return [d.name for d in scopes.definitions(text) if d.kind == kind]


class ScopesTest(unittest.TestCase):
    def test_every_way_to_define_a_type_is_found(self):
        text = '''
namespace a::b {
class C final : public std::vector<int> {
  struct Inner { int x; };
};
struct S { int x = 0; };
template <typename T, typename = std::enable_if_t<(sizeof(T) > 1)>>
struct ABSL_LOCKABLE U : V<T> { };
template <>
struct hash<S> { };
union N { int a; };
enum class E : uint8_t { kOne, kTwo };
enum Plain { kThree };
struct a::b::Later { };
struct alignas(32) Wide { };
}
'''
        self.assertEqual(found(text, 'type'), [
            'a::b::' + n for n in ('C', 'C::Inner', 'S', 'U', 'hash<S>', 'N', 'E', 'Plain', 'a::b::Later', 'Wide')])

    def test_what_only_names_a_type_defines_none(self):
        text = '''
class Ahead;
struct S* Make(struct T* t) { struct Local { }; return nullptr; }
enum class E make{1};
// struct InComment { };
const char* k = "struct InString { };";
const char* r = R"(struct InRaw { };)";
#define TYPE struct InMacro { };
'''
        self.assertEqual(found(text, 'type'), [])

    def test_what_is_private_is_known(self):
        text = 'namespace a { namespace { struct S { }; } struct T { }; }'
        self.assertEqual([d.private for d in scopes.definitions(text)], [True, False])

    def test_functions_have_lines_and_parameters(self):
        text = '''
template <typename A, typename B>
std::map<A, B> f(const std::map<A, B>& m, std::function<void(int, int)> f = {}, int k = g(1, 2)) {
  const auto inner = [&](int a) {
    return a;
  };
}
'''
        (f,) = [d for d in scopes.definitions(text) if d.kind == 'function']
        self.assertEqual((f.name, f.line, f.lines, f.parameters), ('f', 3, 4, 3))

    def test_every_way_to_define_a_function_is_found(self):
        text = '''
std::ostream& operator<<(std::ostream& out, const T& t) { return out; }
bool operator<(int a, int b) { return a < b; }
S::S(int a) : a_{a}, b_([] { return 1; }) { a_ = 1; }
S::~S() { }
struct T {
  explicit T(int a) : a(a) {}
  operator bool() const { return true; }
  bool operator()(int a, int b) const { return a == b; }
  void Guarded() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) { }
  int a = 1'000'000;
  std::function<void(int, int)> call = [](int, int) { };
  auto operator<=>(const T&) const = default;
};
absl::Status Visit(const std::function<void()>& begin, const P& p) const { return v; }
TEST(Suite, Name) { }
'''
        self.assertEqual(found(text, 'function'), [
            'operator_of', 'operator_of', 'S::S', 'S::~S', 'T::T', 'T::operator bool', 'T::operator_of', 'T::Guarded',
            'Visit', 'TEST'])

    def test_declarations_are_counted_too(self):
        text = 'struct S { virtual void F(int a, int b, int c, int d, int e, int f) = 0; };'
        (f,) = [d for d in scopes.definitions(text) if d.kind == 'declaration']
        self.assertEqual((f.name, f.parameters), ('S::F', 6))

    def test_unbalanced_braces_are_refused(self):
        with self.assertRaises(ValueError):
            scopes.definitions('namespace a {')


class CheckTest(unittest.TestCase):
    FINE = {'geo/a.h': 'struct A { };\n', 'geo/a.cc': 'void f() {\n}\n'}

    def wrong(self, more, exceptions=''):
        return check.problems({**self.FINE, **more}, exceptions)

    def test_small_sources_are_fine(self):
        self.assertEqual(self.wrong({}), [])

    def test_sixty_lines_are_allowed_and_no_more(self):
        self.assertEqual(self.wrong({'geo/b.cc': 'void g() {' + '\n' * 60 + '}\n'}), [])
        long = {'geo/b.cc': 'void g() {' + '\n' * 61 + '}\n'}
        self.assertIn('61 lines', self.wrong(long)[0])
        self.assertEqual(self.wrong(long, 'geo/b.cc g: because\n'), [])

    def test_five_parameters_are_allowed_and_no_more(self):
        self.assertEqual(self.wrong({'geo/b.h': 'void g(int, int, int, int, int);\n'}), [])
        self.assertIn('6 parameters', self.wrong({'geo/b.h': 'void g(int, int, int, int, int, int);\n'})[0])

    def test_five_hundred_lines_are_allowed_and_no_more(self):
        self.assertEqual(self.wrong({'geo/b.h': '\n' * 500}), [])
        self.assertIn('501 lines', self.wrong({'geo/b.h': '\n' * 501})[0])
        self.assertEqual(self.wrong({'geo/b.h': '\n' * 501}, 'geo/b.h: because\n'), [])

    def test_an_exception_needs_a_reason_and_a_use(self):
        self.assertIn('any more', self.wrong({}, 'geo/a.cc f: because\n')[0])
        with self.assertRaises(ValueError):
            self.wrong({}, 'geo/a.cc f\n')

    def test_two_types_of_one_name_are_seen_wherever_they_are(self):
        for other in ('struct A { int x; };', 'class A { };', 'enum class A { k };', 'template <int n>\nstruct A { };'):
            self.assertEqual(self.wrong({'router/b.cc': other + '\n'}), ['A is defined in geo/a.h and in router/b.cc'])

    def test_two_inline_functions_of_one_name_are_seen(self):
        one, other = 'inline int F(int a) { return a; }\n', 'template <typename T>\nint F(int\n a) { return 2; }\n'
        self.assertEqual(self.wrong({'geo/b.h': one, 'router/b.h': other}),
                         ['F(int a) is defined in geo/b.h and in router/b.h'])
        self.assertEqual(self.wrong({'geo/b.h': one, 'router/b.h': one.replace('int a', 'long a')}), [])
        self.assertEqual(self.wrong({'geo/b.h': one, 'bench/b.cc': other}), [])

    def test_types_of_other_spaces_are_others(self):
        for other in ('namespace { struct A { }; }', 'namespace b { struct A { }; }', 'struct B { struct A { }; };'):
            self.assertEqual(self.wrong({'router/b.cc': other + '\n'}), [])

    def test_nothing_checked_is_red(self):
        self.assertIn('nothing to check', check.problems({}, '')[0])
        self.assertIn('nothing to check', check.problems({'geo/a.h': 'int x;\n'}, '')[0])


if __name__ == '__main__':
    unittest.main()
