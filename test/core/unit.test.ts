import { describe, expect, test } from 'vitest';
import { checkUnit, isBot, type Unit, unitIdOf } from '../../src/core/unit.js';

const faults = (unit: Partial<Unit>) => checkUnit({ isBot: false, ...unit }).map(({ code, path }) => [code, ...path].join(' '));

describe('a unit', () => {
  test('is well-formed with any text of 1 to 256 bytes as id, and with none', () => {
    expect(faults({})).toEqual([]);
    expect(faults({ userId: null, deviceId: undefined, attributes: null })).toEqual([]);
    expect(faults({ userId: 'a:b,c', deviceId: 'x'.repeat(256), tenantId: '用户 👩‍🚀' })).toEqual([]);
  });

  test('is refused for ids that are blank, too long, or hold what no id holds, all at once', () => {
    for (const id of ['', ' ', '\t', 'x'.repeat(257), 'ü'.repeat(129), 'a\0b', 'a\nb', 'a\u0085b', 'a\ud800b', '\udc00']) {
      expect(faults({ userId: id })).toEqual(['INVALID_ID unit userId']);
    }
    expect(faults({ userId: '', deviceId: 'ok', tenantId: '\0' })).toEqual(['INVALID_ID unit userId', 'INVALID_ID unit tenantId']);
  });

  test('is refused for attributes over 4 KB of JSON, counted in bytes', () => {
    const ofBytes = (bytes: number) => ({ a: 'x'.repeat(bytes - '{"a":""}'.length) });
    expect(faults({ attributes: ofBytes(4096) })).toEqual([]);
    expect(faults({ attributes: ofBytes(4097) })).toEqual(['INVALID_RANGE unit attributes']);
    expect(faults({ attributes: { a: 'ü'.repeat(2_100) } })).toEqual(['INVALID_RANGE unit attributes']);
  });

  test('is refused for attributes that no store can hold, wherever they hide', () => {
    for (const attributes of [{ a: '\0' }, { '\0': 1 }, { a: { b: ['\ud800'] } }, { '\udfff': 1 }]) {
      expect(faults({ attributes })).toEqual(['BAD_USER_INPUT unit attributes']);
    }
    expect(faults({ attributes: { a: '\\u0000', b: '\\\\ud800', c: '👩‍🚀' } })).toEqual([]);
    expect(faults({ attributes: [] as unknown as Record<string, unknown> })).toEqual(['BAD_USER_INPUT unit attributes']);
  });

  test('is refused for attributes nested beyond reason', () => {
    expect(faults({ attributes: JSON.parse(`{"a":${'['.repeat(1_500)}${']'.repeat(1_500)}}`) })).toEqual(['INVALID_RANGE unit attributes']);
    expect(faults({ attributes: JSON.parse(`{"a":${'['.repeat(20_000)}${']'.repeat(20_000)}}`) })).toEqual([
      'INVALID_RANGE unit attributes',
    ]);
  });

  test('is hashed by the id that is named, attributes included', () => {
    const unit: Unit = {
      userId: 'u',
      tenantId: null,
      attributes: { sessionId: 's', account: 42, flag: true, blank: ' ', tenantId: 't', list: ['x'] },
      isBot: false,
    };
    const ids = ['userId', 'deviceId', 'tenantId', 'sessionId', 'account', 'flag', 'blank', 'list', 'missing', 'constructor'];
    expect(ids.map((hashKey) => unitIdOf(unit, hashKey))).toEqual(['u', null, null, 's', '42', null, null, null, null, null]);
  });
});

describe('a bot', () => {
  const withAgent = (userAgent: unknown) => isBot({ isBot: false, attributes: { userAgent } });

  test('is a unit that says so', () => {
    expect(isBot({ isBot: true })).toBe(true);
    expect(isBot({ isBot: false })).toBe(false);
  });

  test.each([
    'Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; Googlebot/2.1; +http://www.google.com/bot.html) Chrome/120.0 Safari/537.36',
    'Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)',
    'Googlebot-Image/1.0',
    'AdsBot-Google (+http://www.google.com/adsbot.html)',
    'Mediapartners-Google',
    'Mozilla/5.0 (compatible; Yahoo! Slurp; http://help.yahoo.com/help/us/ysearch/slurp)',
    'Mozilla/5.0 (compatible; Baiduspider/2.0; +http://www.baidu.com/search/spider.html)',
    'Mozilla/5.0 (compatible; YandexBot/3.0; +http://yandex.com/bots)',
    'DuckDuckBot/1.1; (+http://duckduckgo.com/duckduckbot.html)',
    'facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)',
    'meta-externalagent/1.1',
    'Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko); compatible; GPTBot/1.2; +https://openai.com/gptbot',
    'CCBot/2.0 (https://commoncrawl.org/faq/)',
    'Mozilla/5.0 (compatible; SemrushBot/7~bl; +http://www.semrush.com/bot.html)',
    'Twitterbot/1.0',
    'Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)',
    'TelegramBot (like TwitterBot)',
    'Applebot/0.1',
    'ia_archiver (+http://www.alexa.com/site/help/webmasters; crawler@alexa.com)',
    'Screaming Frog SEO Spider/19.0',
    'Mozilla/5.0 (compatible; UptimeRobot/2.0; http://www.uptimerobot.com/)',
  ])('names itself: %s', (userAgent) => {
    expect(withAgent(userAgent)).toBe(true);
  });

  test.each([
    'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36',
    'Mozilla/5.0 (Linux; Android 11; CUBOT X50) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/99.0 Mobile Safari/537.36',
    'Mozilla/5.0 (Linux; Android 9; CUBOT_NOTE_S) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/90.0 Mobile Safari/537.36',
    'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/126.0.0.0 Safari/537.36',
    'curl/8.5.0',
    'python-requests/2.31.0',
    'node-fetch/1.0 (+https://github.com/bitinn/node-fetch)',
    'axios/1.6.2',
    'okhttp/4.12.0',
    'Go-http-client/2.0',
    'Java/17.0.9',
    '',
    null,
    ['Googlebot'],
  ])('is not: %s', (userAgent) => {
    expect(withAgent(userAgent)).toBe(false);
  });
});
